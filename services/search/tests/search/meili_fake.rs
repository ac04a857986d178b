//! A server that speaks as much of Meilisearch's HTTP API as the service uses. It takes filters, sorting and facets
//! only as far as the index was set up for them, does tasks some time after it accepted them, and can be made to
//! fail, to dawdle and to lose everything.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::meili_search;

pub(crate) const KEY: &str = "a key of the test";

/// An index: its settings and documents by id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    pub(crate) settings: Value,
    pub(crate) documents: BTreeMap<String, Value>,
}

#[derive(Debug, Default)]
struct Inner {
    indexes: BTreeMap<String, Index>,
    tasks: Vec<Value>,
    down: bool,
    slow: Duration,
    searches: usize,
    additions: usize,
}

/// The server. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fake(Arc<Mutex<Inner>>);

type Refusal = (StatusCode, &'static str, String);

impl Fake {
    /// Serves; answers with its address.
    pub(crate) async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let address = listener.local_addr().expect("an address");
        let routes = Router::new()
            .route("/indexes", post(create))
            .route("/indexes/{uid}", get(about).delete(delete))
            .route("/indexes/{uid}/settings", axum::routing::patch(set_up))
            .route("/indexes/{uid}/stats", get(stats))
            .route("/indexes/{uid}/documents", post(add))
            .route("/indexes/{uid}/documents/delete-batch", post(remove))
            .route("/multi-search", post(multi_search))
            .route("/swap-indexes", post(swap))
            .route("/tasks/{uid}", get(task))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .layer(middleware::from_fn_with_state(self.clone(), mood))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        format!("http://{address}")
    }

    /// From now on it answers that it failed, or answers again.
    pub(crate) fn set_down(&self, down: bool) {
        self.inner().down = down;
    }

    /// From now on it takes so long to answer.
    pub(crate) fn set_slow(&self, slow: Duration) {
        self.inner().slow = slow;
    }

    /// Its disk is empty.
    pub(crate) fn lose_everything(&self) {
        self.inner().indexes.clear();
    }

    /// Some documents went missing.
    pub(crate) fn lose_documents(&self, name: &str) {
        let mut inner = self.inner();
        inner
            .indexes
            .get_mut(name)
            .expect("it exists")
            .documents
            .clear();
    }

    /// How many searches it was asked for.
    pub(crate) fn searches(&self) -> usize {
        self.inner().searches
    }

    /// How many documents were sent to it.
    pub(crate) fn additions(&self) -> usize {
        self.inner().additions
    }

    /// Names of its indexes.
    pub(crate) fn names(&self) -> Vec<String> {
        self.inner().indexes.keys().cloned().collect()
    }

    /// Ids of an index's documents.
    pub(crate) fn ids(&self, name: &str) -> Vec<String> {
        let inner = self.inner();
        let index = inner.indexes.get(name);
        index.map_or(Vec::new(), |i| i.documents.keys().cloned().collect())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("no test panics with it")
    }

    /// Accepts a task now and does it after a moment.
    fn accept(
        &self,
        kind: &str,
        uid: Option<&str>,
        work: impl FnOnce(&mut Inner) -> Result<(), Refusal> + Send + 'static,
    ) -> Response {
        let mut inner = self.inner();
        let number = inner.tasks.len();
        let now = "2026-11-21T08:00:00Z";
        let mut task = json!({
            "uid": number, "indexUid": uid, "status": "enqueued", "type": kind, "enqueuedAt": now,
        });
        inner.tasks.push(task.clone());
        let this = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            let mut inner = this.inner();
            let done = work(&mut inner);
            let task = &mut inner.tasks[number];
            task["startedAt"] = now.into();
            task["finishedAt"] = now.into();
            task["duration"] = "PT0.005S".into();
            match done {
                Ok(()) => task["status"] = "succeeded".into(),
                Err(refusal) => {
                    task["status"] = "failed".into();
                    task["error"] = error(&refusal);
                }
            }
        });
        task["taskUid"] = number.into();
        (StatusCode::ACCEPTED, axum::Json(task)).into_response()
    }
}

fn error((_, code, message): &Refusal) -> Value {
    json!({"message": message, "code": code, "type": "invalid_request", "link": ""})
}

fn refuse(refusal: &Refusal) -> Response {
    (refusal.0, axum::Json(error(refusal))).into_response()
}

fn missing(uid: &str) -> Refusal {
    let message = format!("Index `{uid}` not found.");
    (StatusCode::NOT_FOUND, "index_not_found", message)
}

fn read(body: &Bytes) -> Value {
    serde_json::from_slice(body).expect("the service sends JSON")
}

async fn mood(State(fake): State<Fake>, request: Request, next: Next) -> Response {
    let (down, slow) = {
        let mut inner = fake.inner();
        inner.searches += usize::from(request.uri().path() == "/multi-search");
        (inner.down, inner.slow)
    };
    tokio::time::sleep(slow).await;
    if down {
        return (StatusCode::INTERNAL_SERVER_ERROR, "{}").into_response();
    }
    let key = request.headers().get("authorization");
    if key.is_none_or(|k| k.as_bytes() != format!("Bearer {KEY}").as_bytes()) {
        let refusal = (StatusCode::FORBIDDEN, "invalid_api_key", String::new());
        return refuse(&refusal);
    }
    next.run(request).await
}

async fn create(State(fake): State<Fake>, body: Bytes) -> Response {
    let uid = read(&body)["uid"].as_str().expect("a name").to_owned();
    let name = uid.clone();
    fake.accept("indexCreation", Some(&uid), move |inner| {
        if inner.indexes.contains_key(&name) {
            return Err((StatusCode::CONFLICT, "index_already_exists", name));
        }
        inner.indexes.insert(name, Index::default());
        Ok(())
    })
}

async fn about(State(fake): State<Fake>, Path(uid): Path<String>) -> Response {
    if !fake.inner().indexes.contains_key(&uid) {
        return refuse(&missing(&uid));
    }
    axum::Json(json!({"uid": uid, "primaryKey": "id"})).into_response()
}

async fn delete(State(fake): State<Fake>, Path(uid): Path<String>) -> Response {
    let name = uid.clone();
    fake.accept("indexDeletion", Some(&uid), move |inner| {
        let gone = inner.indexes.remove(&name);
        gone.map(drop).ok_or_else(|| missing(&name))
    })
}

async fn set_up(State(fake): State<Fake>, Path(uid): Path<String>, body: Bytes) -> Response {
    let (name, settings) = (uid.clone(), read(&body));
    fake.accept("settingsUpdate", Some(&uid), move |inner| {
        let index = inner.indexes.get_mut(&name);
        index.ok_or_else(|| missing(&name))?.settings = settings;
        Ok(())
    })
}

async fn stats(State(fake): State<Fake>, Path(uid): Path<String>) -> Response {
    let inner = fake.inner();
    let Some(index) = inner.indexes.get(&uid) else {
        return refuse(&missing(&uid));
    };
    let stats = json!({
        "numberOfDocuments": index.documents.len(), "numberOfEmbeddedDocuments": 0, "numberOfEmbeddings": 0,
        "rawDocumentDbSize": 0, "avgDocumentSize": 0, "isIndexing": false, "fieldDistribution": {},
    });
    axum::Json(stats).into_response()
}

async fn add(State(fake): State<Fake>, Path(uid): Path<String>, body: Bytes) -> Response {
    let (name, documents) = (uid.clone(), read(&body));
    fake.accept("documentAdditionOrUpdate", Some(&uid), move |inner| {
        let documents = documents.as_array().expect("a list").clone();
        inner.additions += documents.len();
        // As the real one does, an index comes into being with its first documents.
        let index = inner.indexes.entry(name).or_default();
        for document in documents {
            let id = document["id"].as_str().expect("an id").to_owned();
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if !id.chars().all(allowed) {
                return Err((StatusCode::BAD_REQUEST, "invalid_document_id", id));
            }
            index.documents.insert(id, document);
        }
        Ok(())
    })
}

async fn remove(State(fake): State<Fake>, Path(uid): Path<String>, body: Bytes) -> Response {
    let (name, ids) = (uid.clone(), read(&body));
    fake.accept("documentDeletion", Some(&uid), move |inner| {
        let index = inner.indexes.get_mut(&name);
        let index = index.ok_or_else(|| missing(&name))?;
        for id in ids.as_array().expect("a list") {
            index.documents.remove(id.as_str().expect("an id"));
        }
        Ok(())
    })
}

async fn swap(State(fake): State<Fake>, body: Bytes) -> Response {
    let pair = read(&body)[0]["indexes"].clone();
    fake.accept("indexSwap", None, move |inner| {
        let name = |i: usize| pair[i].as_str().expect("a name").to_owned();
        let take =
            |inner: &mut Inner, name: &str| inner.indexes.remove(name).ok_or_else(|| missing(name));
        let (one, other) = (name(0), name(1));
        if !inner.indexes.contains_key(&one) {
            return Err(missing(&one));
        }
        let (b, a) = (take(inner, &other)?, take(inner, &one)?);
        inner.indexes.insert(one, b);
        inner.indexes.insert(other, a);
        Ok(())
    })
}

async fn task(State(fake): State<Fake>, Path(uid): Path<usize>) -> Response {
    axum::Json(fake.inner().tasks[uid].clone()).into_response()
}

async fn multi_search(State(fake): State<Fake>, body: Bytes) -> Response {
    let inner = fake.inner();
    let mut results = Vec::new();
    for query in read(&body)["queries"].as_array().expect("queries") {
        let uid = query["indexUid"].as_str().expect("a name");
        let Some(index) = inner.indexes.get(uid) else {
            return refuse(&missing(uid));
        };
        match meili_search::search(index, query) {
            Ok(result) => results.push(result),
            Err(message) => {
                return refuse(&(StatusCode::BAD_REQUEST, "invalid_search_filter", message));
            }
        }
    }
    axum::Json(json!({"results": results})).into_response()
}
