mod memory {
    use crate::{MemoryDirectory, conformance};

    async fn open() -> ((), MemoryDirectory) {
        ((), MemoryDirectory::new(conformance::seed()))
    }

    crate::directory_conformance!(open);
}

mod ldif {
    use crate::{LdifDirectory, conformance};

    async fn open() -> ((), LdifDirectory) {
        ((), LdifDirectory::parse(conformance::seed_ldif().as_bytes()).unwrap())
    }

    crate::directory_conformance!(open);
}
