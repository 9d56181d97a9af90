//! The suite that every `Directory` passes, over the wire.

mod paged {
    use project_deployer_ldap::network::LdapDirectory;
    use project_deployer_ldap::{MemoryDirectory, conformance};

    use crate::server::{FakeServer, budgets};
    use crate::serving::{Manner, serve};

    async fn open() -> (FakeServer, LdapDirectory) {
        let memory = MemoryDirectory::new(conformance::seed());
        let server = serve(memory, Manner::default()).await;
        let directory = server.directory(budgets().page(2));
        (server, directory)
    }

    project_deployer_ldap::directory_conformance!(open);
}

mod at_once_and_in_ranges {
    use project_deployer_ldap::network::LdapDirectory;
    use project_deployer_ldap::{MemoryDirectory, conformance};

    use crate::server::{FakeServer, budgets};
    use crate::serving::{Manner, serve};

    async fn open() -> (FakeServer, LdapDirectory) {
        let memory = MemoryDirectory::new(conformance::seed());
        let server = serve(memory, Manner { without_pages: true, values: Some(1) }).await;
        let directory = server.directory(budgets());
        (server, directory)
    }

    project_deployer_ldap::directory_conformance!(open);
}
