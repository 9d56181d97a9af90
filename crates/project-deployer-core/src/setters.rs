/// Gives a struct methods that return it with another value of a field: users outside this crate cannot write a
/// struct that may get more fields as a whole.
macro_rules! setters {
    ($type:ident { $($(#[$doc:meta])* $method:ident($field:ident: $kind:ty)),+ $(,)? }) => {
        impl $type {
            $($(#[$doc])*
            #[must_use]
            pub fn $method(mut self, $field: $kind) -> Self {
                self.$field = $field.into();
                self
            })+
        }
    };
}
pub(crate) use setters;
