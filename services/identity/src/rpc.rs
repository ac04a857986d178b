//! The methods, by what they are about. Each handler tells its whole story in the module it is in.
mod accounts;
mod passwords;
mod registration;
mod roles;
mod sessions;

use std::sync::Arc;

use contracts::identity::v1::identity_service_server::IdentityService;
use contracts::identity::v1::*;
use kit::auth::Signer;
use kit::page::Pager;
use kit::{Clock, Db};
use region::Region;
use tonic::{Request, Response, Status};

use crate::password::Hasher;

/// The gateway puts the caller's network address here; without it, nothing is limited by it.
const CLIENT_ADDRESS: &str = "x-forwarded-for";

pub(crate) struct IdentityRpc {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) pager: Pager,
    pub(crate) hasher: Hasher,
    pub(crate) signer: Signer,
    pub(crate) region: Arc<Region>,
    /// Key of the address that becomes an administrator when it is confirmed; empty: none.
    pub(crate) first_administrator: String,
    pub(crate) site: String,
}

/// From which network address a call comes, if the gateway says so.
fn client_address<T>(request: &Request<T>) -> Option<String> {
    request
        .metadata()
        .get(CLIENT_ADDRESS)?
        .to_str()
        .ok()
        .map(str::to_owned)
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl IdentityService for IdentityRpc {
    async fn register(&self, request: Request<RegisterRequest>) -> Answer<RegisterResponse> {
        self.begin_registration(request).await
    }

    async fn confirm_email(
        &self,
        request: Request<ConfirmEmailRequest>,
    ) -> Answer<ConfirmEmailResponse> {
        self.end_registration(request).await
    }

    async fn resend_confirmation(
        &self,
        request: Request<ResendConfirmationRequest>,
    ) -> Answer<ResendConfirmationResponse> {
        self.send_confirmation_again(request).await
    }

    async fn sign_in(&self, request: Request<SignInRequest>) -> Answer<Tokens> {
        self.begin_session(request).await
    }

    async fn refresh(&self, request: Request<RefreshRequest>) -> Answer<Tokens> {
        self.continue_session(request).await
    }

    async fn sign_out(&self, request: Request<SignOutRequest>) -> Answer<SignOutResponse> {
        self.end_own_session(request).await
    }

    async fn get_me(&self, request: Request<GetMeRequest>) -> Answer<Account> {
        self.own_account(request).await
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Answer<ListSessionsResponse> {
        self.own_sessions(request).await
    }

    async fn end_session(&self, request: Request<EndSessionRequest>) -> Answer<EndSessionResponse> {
        self.end_named_session(request).await
    }

    async fn request_password_reset(
        &self,
        request: Request<RequestPasswordResetRequest>,
    ) -> Answer<RequestPasswordResetResponse> {
        self.send_password_reset(request).await
    }

    async fn reset_password(
        &self,
        request: Request<ResetPasswordRequest>,
    ) -> Answer<ResetPasswordResponse> {
        self.set_new_password(request).await
    }

    async fn find_account(&self, request: Request<FindAccountRequest>) -> Answer<Account> {
        self.account_of_address(request).await
    }

    async fn grant_role(&self, request: Request<GrantRoleRequest>) -> Answer<Grant> {
        self.give_role(request).await
    }

    async fn revoke_role(&self, request: Request<RevokeRoleRequest>) -> Answer<RevokeRoleResponse> {
        self.take_role(request).await
    }

    async fn list_grants(&self, request: Request<ListGrantsRequest>) -> Answer<ListGrantsResponse> {
        self.all_grants(request).await
    }

    async fn get_contact(&self, request: Request<GetContactRequest>) -> Answer<Contact> {
        self.contact(request).await
    }
}
