use project_deployer_core::UnknownFields;
use project_deployer_core::infra::InfraSettings;

use crate::project_deployer::InfraCreation;

/// How another Deployer gets what its own creation of an infrastructure does not take.
impl InfraCreation {
    /// Whether it has settings that the product's own creation does not take.
    pub(crate) fn has_more_settings(&self) -> bool {
        *self.settings() != self.bare()
    }

    /// What a Deployer made of the creation, with the settings of this one: what they leave open stays as
    /// the Deployer made it.
    pub(crate) fn put_over(&self, made: InfraSettings) -> InfraSettings {
        let (ours, usual) = (self.settings(), self.bare());
        let mut all = ours.clone();
        all.target = chosen(&ours.target, &usual.target, made.target);
        all.permissions = chosen(&ours.permissions, &usual.permissions, made.permissions);
        all.remapping = chosen(&ours.remapping, &usual.remapping, made.remapping);
        all.permissions_propagation = chosen(
            &ours.permissions_propagation,
            &usual.permissions_propagation,
            made.permissions_propagation,
        );
        all.deploy_as_user = all.deploy_as_user.or(made.deploy_as_user);
        all.scenarios_run_as_user = all.scenarios_run_as_user.or(made.scenarios_run_as_user);
        all.webapps_run_as_user = all.webapps_run_as_user.or(made.webapps_run_as_user);
        all.merge_authorized_objects |= made.merge_authorized_objects;
        all.hooks = chosen(&ours.hooks, &usual.hooks, made.hooks);
        all.extra = united(made.extra, &ours.extra);
        all
    }

    /// The part that the product's own creation takes.
    fn bare(&self) -> InfraSettings {
        let mut bare = InfraSettings::new(self.id().clone(), self.stage().clone());
        bare.govern_check_policy = self.govern_check_policy();
        bare
    }
}

fn chosen<T: PartialEq + Clone>(ours: &T, usual: &T, made: T) -> T {
    if ours == usual { made } else { ours.clone() }
}

fn united(made: UnknownFields, ours: &UnknownFields) -> UnknownFields {
    if ours.is_empty() {
        return made;
    }
    let both = [&made, ours].into_iter();
    let fields = both.flat_map(|fields| fields.names().map(move |name| (name, fields.get(name))));
    let fields = fields.filter_map(|(name, value)| Some((name.to_owned(), value?.clone())));
    UnknownFields::from(fields.collect::<serde_json::Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use project_deployer_core::document::Document as _;
    use project_deployer_core::infra::GovernCheckPolicy;
    use project_deployer_core::rights::InfraRight;
    use serde_json::json;

    use super::*;

    fn creation() -> InfraCreation {
        InfraCreation::new("prod".parse().unwrap(), "Production".parse().unwrap())
    }

    #[test]
    fn id_stage_and_policy_are_all_that_the_products_creation_takes() {
        let warning = creation().with_govern_check_policy(GovernCheckPolicy::Warn);
        assert!(!creation().has_more_settings() && !warning.has_more_settings());
        let key = "canary".parse().unwrap();
        let with_node = creation().with_node("https://auto.example".parse().unwrap(), key);
        assert!(with_node.has_more_settings());
        assert!(!format!("{with_node:?}").contains("canary"), "R13");
    }

    #[test]
    fn what_a_creation_leaves_open_stays_as_the_deployer_made_it() {
        let made = json!({
            "id": "prod", "stage": "Production", "addedIn16": 1, "deployAsUser": "robot",
            "permissions": [{"group": "creators", "read": true, "deploy": true, "admin": true}],
        });
        let made = InfraSettings::from_document(made).unwrap();
        let key = "key".parse().unwrap();
        let node = creation().with_node("https://auto.example".parse().unwrap(), key);
        let settings = node.put_over(made.clone());
        assert_eq!(settings.target, node.settings().target);
        assert_eq!(settings.with_target(made.target.clone()), made);

        let ours = json!({"id": "prod", "stage": "Production", "ours": 2, "deployAsUser": "ann"});
        let ours = InfraCreation::from(InfraSettings::from_document(ours).unwrap());
        let document = ours.granting("ops".parse().unwrap(), InfraRight::View).put_over(made);
        let document = document.to_document();
        assert_eq!((&document["addedIn16"], &document["ours"]), (&json!(1), &json!(2)));
        assert_eq!(document["deployAsUser"], "ann");
        assert_eq!(document["permissions"][0]["group"], "ops");
        assert_eq!(document["permissions"].as_array().unwrap().len(), 1);
    }
}
