/// Gives a struct methods that return it with another value of a field: users outside its crate cannot write a
/// struct that may get more fields as a whole. For the crates of this workspace.
#[doc(hidden)]
#[macro_export]
macro_rules! setters {
    ($type:ident { $($(#[$doc:meta])* $method:ident($field:ident: $kind:ty)),+ $(,)? }) => {
        impl $type {
            $(#[doc = concat!("Sets [`", stringify!($field), "`](Self#structfield.", stringify!($field), ").")]
            $(#[$doc])*
            #[must_use]
            pub fn $method(mut self, $field: $kind) -> Self {
                self.$field = $field.into();
                self
            })+
        }
    };
}
