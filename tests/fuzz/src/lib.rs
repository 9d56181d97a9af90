//! What has to hold for any bytes, whoever sent them: one function for each target, which panics where
//! it does not hold. `README.md` says how to run them.
#![forbid(unsafe_code)]

mod bundles;
mod documents;
mod identifiers;
mod ldap;
mod node_address;
mod node_answers;
mod node_calls;
mod requests;
mod shown;
mod user_lists;

pub use bundles::arriving::bundle_arriving;
pub use bundles::documents::bundle_documents;
pub use bundles::reader::bundle_reader;
pub use documents::messages::message_lists;
pub use documents::settings::settings_documents;
pub use identifiers::identifiers;
pub use ldap::dn::dn;
pub use ldap::filter::filter;
pub use ldap::ldif::ldif;
pub use ldap::remapping::remapping;
pub use ldap::template::template;
pub use node_address::node_address;
pub use node_answers::node_answers;
pub use node_calls::node_calls;
pub use requests::requests;
pub use user_lists::user_lists;

/// What a target does with some bytes.
pub type Target = fn(&[u8]);

/// All targets by name: the programs in `fuzz_targets/`, the folders in `seeds/`.
pub const TARGETS: [(&str, Target); 16] = [
    ("bundle_arriving", bundle_arriving),
    ("bundle_documents", bundle_documents),
    ("bundle_reader", bundle_reader),
    ("dn", dn),
    ("filter", filter),
    ("identifiers", identifiers),
    ("ldif", ldif),
    ("message_lists", message_lists),
    ("node_address", node_address),
    ("node_answers", node_answers),
    ("node_calls", node_calls),
    ("remapping", remapping),
    ("requests", requests),
    ("settings_documents", settings_documents),
    ("template", template),
    ("user_lists", user_lists),
];
