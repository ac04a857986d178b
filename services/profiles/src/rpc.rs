//! The methods. Each handler tells its whole story; this file says where it is.
mod catalogue;
mod enquiries;
mod images;
mod offers;
mod profiles;

use std::pin::Pin;
use std::sync::Arc;

use contracts::common::v1::FilePart;
use contracts::profiles::v1 as pb;
use contracts::profiles::v1::profiles_service_server::ProfilesService;
use futures::Stream;
use kit::auth::Caller;
use kit::db::Tx;
use kit::idempotency::Key;
use kit::page::Pager;
use kit::{Clock, Db};
use region::Region;
use sqlx::PgConnection;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::error::Error;
use crate::mail::Links;
use crate::profile::{Profile, Viewer};
use crate::{Settings, store, view};
use kit::seal::Tokens;

/// Serves the methods.
#[derive(Clone)]
pub(crate) struct ProfilesRpc {
    pub db: Db,
    pub clock: Clock,
    pub pager: Pager,
    pub tokens: Tokens,
    pub region: Arc<Region>,
    pub settings: Arc<Settings>,
}

impl ProfilesRpc {
    /// The profile, if the caller sees it, and in what part.
    async fn visible(
        &self,
        db: &mut PgConnection,
        caller: &Caller,
        id: Uuid,
    ) -> Result<(Profile, Viewer), Error> {
        let profile = store::profiles::find(db, id)
            .await?
            .ok_or(Error::NotFound("profile"))?;
        let viewer = profile.viewer(caller);
        if profile.seen_by(viewer, self.region.launched(self.clock.now())) {
            Ok((profile, viewer))
        } else {
            Err(Error::NotFound("profile"))
        }
    }

    /// The profile as such a viewer sees it, offers included.
    async fn show(
        &self,
        db: &mut PgConnection,
        profile: &Profile,
        viewer: Viewer,
    ) -> sqlx::Result<pb::Profile> {
        let offers = store::offers::of_profiles(db, &[profile.id]).await?;
        Ok(view::profile(&self.region, profile, &offers, viewer))
    }

    fn links(&self) -> Links {
        Links {
            site: self.settings.site.clone(),
            tokens: self.tokens.clone(),
        }
    }
}

/// An own profile, kept from other changes until the transaction ends. Somebody else's is as unknown as none.
async fn lock_own(tx: &mut Tx, id: Uuid, account: Uuid) -> Result<Profile, Error> {
    let profile = store::profiles::lock(tx, id).await?;
    profile
        .filter(|p| p.owner == account)
        .ok_or(Error::NotFound("profile"))
}

fn key(caller: &Caller, method: &'static str, request_id: &str) -> Result<Key, Status> {
    Ok(Key {
        caller: caller.key(),
        method,
        request_id: kit::fault::id("request_id", request_id)?,
    })
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl ProfilesService for ProfilesRpc {
    type GetImageStream = Pin<Box<dyn Stream<Item = Result<FilePart, Status>> + Send>>;

    async fn create_profile(
        &self,
        request: Request<pb::CreateProfileRequest>,
    ) -> Answer<pb::Profile> {
        profiles::create(self, request).await.map(Response::new)
    }
    async fn get_profile(&self, request: Request<pb::GetProfileRequest>) -> Answer<pb::Profile> {
        profiles::get(self, request).await.map(Response::new)
    }
    async fn update_profile(
        &self,
        request: Request<pb::UpdateProfileRequest>,
    ) -> Answer<pb::Profile> {
        profiles::update(self, request).await.map(Response::new)
    }
    async fn list_my_profiles(
        &self,
        request: Request<pb::ListMyProfilesRequest>,
    ) -> Answer<pb::ListMyProfilesResponse> {
        profiles::list_mine(self, request).await.map(Response::new)
    }
    async fn hide_profile(&self, request: Request<pb::HideProfileRequest>) -> Answer<pb::Profile> {
        profiles::hide(self, request).await.map(Response::new)
    }
    async fn show_profile(&self, request: Request<pb::ShowProfileRequest>) -> Answer<pb::Profile> {
        profiles::show(self, request).await.map(Response::new)
    }
    async fn set_protection(
        &self,
        request: Request<pb::SetProtectionRequest>,
    ) -> Answer<pb::SetProtectionResponse> {
        profiles::protect(self, request).await.map(Response::new)
    }
    async fn create_offer(&self, request: Request<pb::CreateOfferRequest>) -> Answer<pb::Offer> {
        offers::create(self, request).await.map(Response::new)
    }
    async fn update_offer(&self, request: Request<pb::UpdateOfferRequest>) -> Answer<pb::Offer> {
        offers::update(self, request).await.map(Response::new)
    }
    async fn withdraw_offer(
        &self,
        request: Request<pb::WithdrawOfferRequest>,
    ) -> Answer<pb::Offer> {
        offers::withdraw(self, request).await.map(Response::new)
    }
    async fn list_offers(
        &self,
        request: Request<pb::ListOffersRequest>,
    ) -> Answer<pb::ListOffersResponse> {
        offers::list(self, request).await.map(Response::new)
    }
    async fn start_image_upload(
        &self,
        request: Request<pb::StartImageUploadRequest>,
    ) -> Answer<pb::StartImageUploadResponse> {
        images::start(self, request).await.map(Response::new)
    }
    async fn upload_image_part(
        &self,
        request: Request<pb::UploadImagePartRequest>,
    ) -> Answer<pb::UploadImagePartResponse> {
        images::add_part(self, request).await.map(Response::new)
    }
    async fn finish_image_upload(
        &self,
        request: Request<pb::FinishImageUploadRequest>,
    ) -> Answer<pb::Profile> {
        images::finish(self, request).await.map(Response::new)
    }
    async fn get_image(
        &self,
        request: Request<pb::GetImageRequest>,
    ) -> Answer<Self::GetImageStream> {
        images::get(self, request).await.map(Response::new)
    }
    async fn delete_image(&self, request: Request<pb::DeleteImageRequest>) -> Answer<pb::Profile> {
        images::delete(self, request).await.map(Response::new)
    }
    async fn send_enquiry(
        &self,
        request: Request<pb::SendEnquiryRequest>,
    ) -> Answer<pb::SendEnquiryResponse> {
        enquiries::send(self, request).await.map(Response::new)
    }
    async fn confirm_enquiry(
        &self,
        request: Request<pb::ConfirmEnquiryRequest>,
    ) -> Answer<pb::Enquiry> {
        enquiries::confirm(self, request).await.map(Response::new)
    }
    async fn list_enquiries(
        &self,
        request: Request<pb::ListEnquiriesRequest>,
    ) -> Answer<pb::ListEnquiriesResponse> {
        enquiries::list(self, request).await.map(Response::new)
    }
    async fn get_enquiry(&self, request: Request<pb::GetEnquiryRequest>) -> Answer<pb::Enquiry> {
        enquiries::get(self, request).await.map(Response::new)
    }
    async fn get_enquiry_by_token(
        &self,
        request: Request<pb::GetEnquiryByTokenRequest>,
    ) -> Answer<pb::Enquiry> {
        enquiries::get_by_token(self, request)
            .await
            .map(Response::new)
    }
    async fn answer_enquiry(
        &self,
        request: Request<pb::AnswerEnquiryRequest>,
    ) -> Answer<pb::Enquiry> {
        enquiries::answer(self, request).await.map(Response::new)
    }
    async fn decline_enquiry(
        &self,
        request: Request<pb::DeclineEnquiryRequest>,
    ) -> Answer<pb::Enquiry> {
        enquiries::decline(self, request).await.map(Response::new)
    }
    async fn reply_to_enquiry(
        &self,
        request: Request<pb::ReplyToEnquiryRequest>,
    ) -> Answer<pb::Enquiry> {
        enquiries::reply(self, request).await.map(Response::new)
    }
    async fn get_catalogue_entry(
        &self,
        request: Request<pb::GetCatalogueEntryRequest>,
    ) -> Answer<pb::CatalogueEntry> {
        catalogue::get(self, request).await.map(Response::new)
    }
    async fn list_catalogue(
        &self,
        request: Request<pb::ListCatalogueRequest>,
    ) -> Answer<pb::ListCatalogueResponse> {
        catalogue::list(self, request).await.map(Response::new)
    }
}
