//! Producers: account, profile, offers, picture, application, and what buyers asked them.
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Context;
use contracts::profiles::v1::offer_content::Price;
use contracts::profiles::v1::{
    AnswerEnquiryRequest, ConfirmEnquiryRequest, Contact, CreateOfferRequest, CreateProfileRequest,
    Enquiry, FinishImageUploadRequest, GetProfileRequest, Link, Offer, OfferContent,
    PriceOnRequest, Profile, ProfileContent, SendEnquiryRequest, SendEnquiryResponse,
    StartImageUploadRequest, StartImageUploadResponse, TechnicalNeeds, UploadImagePartRequest,
    UploadImagePartResponse,
};

use super::data::{self, Producer, kronor};
use super::people::{Region, call, for_each};
use super::{applications, pictures, request_id};
use crate::grpcweb::Client;

const PROFILES: &str = "kulturtorg.profiles.v1.ProfilesService";

pub(super) async fn load(region: &Region, say: &impl Fn(&str)) -> anyhow::Result<String> {
    let producers = data::producers()?;
    let ids = Mutex::new(HashMap::new());
    for_each(&producers, async |producer| {
        let id = one(region, producer)
            .await
            .with_context(|| producer.key.clone())?;
        let mut ids = ids.lock().expect("nobody panics holding it");
        ids.extend(id);
        let done = ids.keys().filter(|k| !k.contains('/')).count();
        if done.is_multiple_of(20) {
            say(&format!(
                "demo region: {done} of {} producers",
                producers.len()
            ));
        }
        Ok(())
    })
    .await?;
    let ids = ids.into_inner().expect("nobody panics holding it");
    let enquiries = data::enquiries()?;
    for_each(&enquiries, async |enquiry| {
        ask(region, &producers, &ids, enquiry)
            .await
            .with_context(|| enquiry.key.clone())
    })
    .await?;
    let offers: usize = producers.iter().map(|p| p.offers.len()).sum();
    Ok(format!(
        "{} producers, {offers} offers, {} enquiries",
        producers.len(),
        enquiries.len()
    ))
}

/// The ids of the profile (by its key) and of its offers (by `profile/offer`).
async fn one(region: &Region, producer: &Producer) -> anyhow::Result<Vec<(String, String)>> {
    region
        .register(&producer.email, &producer.account_name, &producer.language)
        .await?;
    let client = region.person(&producer.email).await?;
    let request = CreateProfileRequest {
        request_id: request_id("profile", &producer.key),
        content: Some(content(producer)),
    };
    let profile: Profile = call(&client, &format!("{PROFILES}/CreateProfile"), &request).await?;
    let mut ids = vec![(producer.key.clone(), profile.id.clone())];
    for offer in &producer.offers {
        let request = CreateOfferRequest {
            request_id: request_id("offer", &offer.key),
            profile_id: profile.id.clone(),
            content: Some(offer_content(offer)),
        };
        let made: Offer = call(&client, &format!("{PROFILES}/CreateOffer"), &request).await?;
        ids.push((format!("{}/{}", producer.key, offer.key), made.id));
    }
    if producer.image {
        picture(&client, producer, &profile.id).await?;
    }
    if let Some(application) = &producer.application {
        applications::bring_to(region, producer, application, &profile.id).await?;
    }
    Ok(ids)
}

fn content(producer: &Producer) -> ProfileContent {
    ProfileContent {
        name: producer.name.clone(),
        art_fields: producer.art_fields.clone(),
        municipality: producer.municipality.clone(),
        texts: producer.texts.to_proto(),
        links: producer
            .links
            .iter()
            .map(|l| Link {
                title: l.title.clone(),
                url: l.url.clone(),
            })
            .collect(),
        contact: Some(Contact {
            name: producer.account_name.clone(),
            email: producer.email.clone(),
            phone: String::new(),
        }),
    }
}

fn offer_content(offer: &data::Offer) -> OfferContent {
    let everywhere = offer.travels_to.iter().any(|m| m == "*");
    let price = if offer.price_minor > 0 {
        Price::FixedPrice(kronor(offer.price_minor))
    } else {
        Price::OnRequest(PriceOnRequest {})
    };
    OfferContent {
        kind: offer.kind.clone(),
        audiences: offer.audiences.clone(),
        titles: offer.title.to_proto(),
        texts: offer.text.to_proto(),
        minutes: offer.minutes,
        price: Some(price),
        group_size_max: offer.group_size_max,
        needs: Some(TechnicalNeeds {
            notes: offer.technical.to_proto(),
            ..Default::default()
        }),
        travels_everywhere: everywhere,
        travels_to: if everywhere {
            Vec::new()
        } else {
            offer.travels_to.clone()
        },
    }
}

async fn picture(client: &Client, producer: &Producer, profile_id: &str) -> anyhow::Result<()> {
    let request = GetProfileRequest {
        profile_id: profile_id.to_owned(),
    };
    let profile: Profile = call(client, &format!("{PROFILES}/GetProfile"), &request).await?;
    if !profile.image_id.is_empty() {
        return Ok(());
    }
    let picture = pictures::picture(&producer.key, &producer.art_fields)?;
    let file = picture.file;
    let request = StartImageUploadRequest {
        request_id: request_id("picture", &producer.key),
        profile_id: profile_id.to_owned(),
        name: file.name.clone(),
        media_type: file.media_type.to_owned(),
        size: i64::try_from(file.bytes.len())?,
        sha256: file.sha256().into(),
    };
    let upload: StartImageUploadResponse =
        call(client, &format!("{PROFILES}/StartImageUpload"), &request).await?;
    for (part, data) in file.parts() {
        let request = UploadImagePartRequest {
            upload_id: upload.upload_id.clone(),
            part,
            data: bytes::Bytes::copy_from_slice(data),
        };
        let _: UploadImagePartResponse =
            call(client, &format!("{PROFILES}/UploadImagePart"), &request).await?;
    }
    let alt = |language: &str, text: String| contracts::common::v1::LocalText {
        language: language.to_owned(),
        text,
    };
    let request = FinishImageUploadRequest {
        upload_id: upload.upload_id,
        image_alt: vec![
            alt("sv", format!("{}, för {}", picture.alt_sv, producer.name)),
            alt("en", format!("{}, for {}", picture.alt_en, producer.name)),
        ],
    };
    let _: Profile = call(client, &format!("{PROFILES}/FinishImageUpload"), &request).await?;
    Ok(())
}

/// Waits until the profile's approval has reached its page.
async fn published(region: &Region, profile_id: &str) -> anyhow::Result<()> {
    let request = GetProfileRequest {
        profile_id: profile_id.to_owned(),
    };
    for _ in 0..300 {
        if call::<_, Profile>(
            region.anonymous(),
            &format!("{PROFILES}/GetProfile"),
            &request,
        )
        .await
        .is_ok()
        {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("its profile was not published within 30 s")
}

async fn ask(
    region: &Region,
    producers: &[Producer],
    ids: &HashMap<String, String>,
    enquiry: &data::Enquiry,
) -> anyhow::Result<()> {
    let id = |key: &str| {
        ids.get(key)
            .cloned()
            .with_context(|| format!("there is no {key}"))
    };
    let offer_id = enquiry
        .offer
        .as_ref()
        .map(|offer| id(&format!("{}/{offer}", enquiry.producer)))
        .transpose()?;
    let request = SendEnquiryRequest {
        request_id: request_id("enquiry", &enquiry.key),
        profile_id: id(&enquiry.producer)?,
        offer_id: offer_id.unwrap_or_default(),
        buyer_kind: enquiry.buyer_kind.clone(),
        buyer_name: enquiry.buyer_name.clone(),
        buyer_email: enquiry.buyer_email.clone(),
        language: "sv".to_owned(),
        text: enquiry.text.clone(),
    };
    published(region, &request.profile_id).await?;
    let sent: SendEnquiryResponse = call(
        region.anonymous(),
        &format!("{PROFILES}/SendEnquiry"),
        &request,
    )
    .await?;
    if sent.confirmation_needed {
        let token = region
            .token_in_mail(&enquiry.buyer_email, "profiles.enquiry_confirm")
            .await?;
        let path = format!("{PROFILES}/ConfirmEnquiry");
        let _: Enquiry = call(region.anonymous(), &path, &ConfirmEnquiryRequest { token }).await?;
    }
    if let Some(text) = &enquiry.answer {
        let producer = producers
            .iter()
            .find(|p| p.key == enquiry.producer)
            .context("whose enquiry is it?")?;
        let request = AnswerEnquiryRequest {
            request_id: request_id("answer", &enquiry.key),
            enquiry_id: sent.enquiry_id,
            text: text.clone(),
        };
        let client = region.person(&producer.email).await?;
        let _: Enquiry = call(&client, &format!("{PROFILES}/AnswerEnquiry"), &request).await?;
    }
    Ok(())
}
