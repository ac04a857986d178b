#!/usr/bin/env bash
# Every public method of the API, called by curl with JSON: a day of Alva, who has no account at first.
# It needs a demo region (`make run`), bash, curl and python3, and may be run again and again:
#
#   docs/api/curl.sh [ADDRESS OF THE GATEWAY]
#
# README.md beside it tells how to call. The pages of the services tell every field and error of the methods.
set -euo pipefail

gateway=${1:-http://localhost:8080}
TOKEN=

# Requests that make something carry an id of their own, so that they may be sent again when the answer was lost.
uuid() { python3 -c 'import uuid; print(uuid.uuid4())'; }

# Another Alva each time.
alva="alva.$(uuid)@example.org"

# post SERVICE/METHOD: sends the JSON of its input and keeps the JSON of the answer in $answer. With TOKEN it calls as the
# account that signed in. Anything but 200 ends the script, with the error on stderr.
post() {
  local headers=(--header 'content-type: application/json') status
  if [ -n "$TOKEN" ]; then headers+=(--header "authorization: Bearer $TOKEN"); fi
  answer=$(curl --silent --show-error "${headers[@]}" --data-binary @- --write-out '\n%{http_code}' "$gateway/$1")
  status=${answer##*$'\n'} answer=${answer%$'\n'*}
  if [ "$status" != 200 ]; then
    echo "$1 answered with HTTP status $status: $answer" >&2
    return 1
  fi
}

# tell TEXT: prints a text in which {results.0.title} stands for that part of $answer.
tell() {
  python3 -c '
import json, re, sys
answer = json.load(sys.stdin)
def part(found):
    value = answer
    for key in found[1].split("."):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return str(value)
print(re.sub(r"\{([\w.]+)\}", part, sys.argv[1]))' "$1" <<<"$answer"
}

# code_from TEMPLATE [NUMBER]: waits until Alva has so many mails made from this template, and prints the code that stands
# in the newest on a line of its own. A demo region keeps mail instead of sending it, and shows it to everybody.
code_from() {
  local tries
  for tries in {1..75}; do
    post kulturtorg.notify.v1.NotifyService/ListKeptMail <<<"{\"address\": \"$alva\"}" || return
    python3 -c '
import json, re, sys
mails = [m["text"] for m in json.load(sys.stdin).get("mails", []) if m["template"] == sys.argv[1]]
if len(mails) < int(sys.argv[2]):
    sys.exit(1)
print(re.search(r"^[\w-]{20,}$", mails[0], re.MULTILINE)[0])' "$1" "${2:-1}" <<<"$answer" && return
    sleep 0.2
  done
  echo "$alva has no mail made from $1" >&2
  return 1
}

# token_of ADDRESS: an access token of an account of the demo region, good for five minutes.
token_of() {
  post kulturtorg.identity.v1.IdentityService/SignIn <<<"{\"email\": \"$1\", \"password\": \"kulturtorg-demo\"}" || return
  tell '{accessToken}'
}

# --- The region and its catalogue ------------------------------------------------------------------------------------

# Names, languages, and the keys that other requests take: art fields, municipalities, kinds of buyers and so on.
post kulturtorg.identity.v1.RegionService/GetRegion <<<'{}'
tell 'The region {names.0.text} writes {languages.0} and {languages.1}, and shows times of {timeZone}.'

# Alva looks for somebody who paints Lake Fryken.
post kulturtorg.search.v1.SearchService/Search <<<'{"query": "fryken", "kinds": ["KIND_PRODUCER"], "language": "en"}'
profile=$(tell '{results.0.id}')
tell 'Search found {results.0.title}.'

post kulturtorg.profiles.v1.ProfilesService/GetProfile <<<"{\"profileId\": \"$profile\"}"
image=$(tell '{imageId}')
tell 'The profile of {content.name} has been approved since {approveTime}.'

# ProfilesService/GetImage answers with a stream, which is no JSON. Pictures have addresses instead, for browsers and curl.
curl --silent --show-error --fail --output /dev/null --write-out 'Its picture is %{content_type} and has %{size_download} bytes.\n' \
  "$gateway/media/profiles/$profile/$image?w=320"

post kulturtorg.profiles.v1.ProfilesService/ListOffers <<<"{\"profileId\": \"$profile\"}"
offer=$(tell '{offers.0.id}')
tell 'The first offer is a {offers.0.content.kind}: {offers.0.content.titles.0.text}.'

# --- An enquiry ------------------------------------------------------------------------------------------------------

# The producer hears of it when Alva has confirmed the address with the code from the mail.
post kulturtorg.profiles.v1.ProfilesService/SendEnquiry <<JSON
{
  "requestId": "$(uuid)",
  "profileId": "$profile",
  "offerId": "$offer",
  "buyerKind": "school",
  "buyerName": "Alva Ekwall",
  "buyerEmail": "$alva",
  "language": "en",
  "text": "Could you come to our school in March?"
}
JSON
enquiry=$(tell '{enquiryId}')
tell 'The enquiry waits for its confirmation: {confirmationNeeded}.'

code=$(code_from profiles.enquiry_confirm)
post kulturtorg.profiles.v1.ProfilesService/ConfirmEnquiry <<<"{\"token\": \"$code\"}"
tell 'Now the enquiry is {state}.'

# Answering needs the producer's account.
producer=$(token_of ingalill.fryxemark@example.org)
TOKEN=$producer post kulturtorg.profiles.v1.ProfilesService/AnswerEnquiry <<JSON
{ "requestId": "$(uuid)", "enquiryId": "$enquiry", "text": "Gladly, on the 9th." }
JSON

post kulturtorg.profiles.v1.ProfilesService/GetEnquiryByToken <<<"{\"token\": \"$code\"}"
tell 'The answer is here: {messages.1.text}'

post kulturtorg.profiles.v1.ProfilesService/ReplyToEnquiry <<JSON
{ "requestId": "$(uuid)", "token": "$code", "text": "The 9th is fine. Welcome!" }
JSON
tell 'Alva has replied: {messages.2.text}'

# --- A gathering -----------------------------------------------------------------------------------------------------

post kulturtorg.events.v1.EventsService/ListGatherings <<<'{"format": "forum", "ownOnly": true, "pageSize": 1}'
gathering=$(tell '{gatherings.0.id}')
tell 'The next forum is on {gatherings.0.content.startTime}.'

post kulturtorg.events.v1.EventsService/GetGathering <<<"{\"gatheringId\": \"$gathering\"}"
tell 'It is called {content.titles.0.text}, and {confirmed} people are coming.'

# The token of the answer is Alva's key to the registration. It is also mailed.
post kulturtorg.events.v1.EventsService/Register <<JSON
{
  "requestId": "$(uuid)",
  "gatheringId": "$gathering",
  "name": "Alva Ekwall",
  "email": "$alva",
  "language": "en"
}
JSON
registration=$(tell '{token}')
tell 'Alva is registered: {registration.state}.'

post kulturtorg.events.v1.EventsService/GetRegistration <<<"{\"token\": \"$registration\"}"
tell 'The registration is in the name of {name}.'

# Nobody is on the list of those who come without having agreed to it.
post kulturtorg.events.v1.EventsService/UpdateConsent <<<"{\"token\": \"$registration\", \"listed\": true}"
tell 'Alva agreed to be listed: {listed}.'

post kulturtorg.events.v1.EventsService/ListAttendees <<<"{\"gatheringId\": \"$gathering\", \"token\": \"$registration\"}"
tell 'One of those whom Alva will meet is {attendees.0.name}.'

post kulturtorg.events.v1.EventsService/GetCalendar <<<"{\"token\": \"$registration\"}"
tell 'For the calendar there is {fileName}.'

post kulturtorg.events.v1.EventsService/CancelRegistration <<<"{\"token\": \"$registration\"}"
tell 'Alva cannot come after all: {state}.'

# --- Tickets ---------------------------------------------------------------------------------------------------------

post kulturtorg.ticketing.v1.TicketingService/ListHouses <<<'{}'
house=$(tell '{houses.0.id}')
tell 'The first house is {houses.0.name}.'

post kulturtorg.ticketing.v1.TicketingService/GetHouse <<<"{\"houseId\": \"$house\"}"
tell 'It lies in the municipality {municipality}.'

post kulturtorg.ticketing.v1.TicketingService/ListPerformances <<<"{\"houseId\": \"$house\"}"
tell 'Its next performance is {performances.0.production.titles.0.text}.'
# The first with numbered seats.
performance=$(python3 -c '
import json, sys
places = [p for p in json.load(sys.stdin)["performances"] if p["availability"] == "AVAILABILITY_PLACES"]
print(next(p["id"] for p in places if p.get("numbered")))' <<<"$answer")

post kulturtorg.ticketing.v1.TicketingService/GetPerformance <<<"{\"performanceId\": \"$performance\"}"
tell 'Alva wants to see what begins at {startTime}: {production.titles.0.text}.'

post kulturtorg.ticketing.v1.TicketingService/GetSeats <<<"{\"performanceId\": \"$performance\"}"
tell 'The first seat is number {seats.0.number} of row {seats.0.row}: {seats.0.state}.'
# The last two that are free.
seats=$(python3 -c '
import json, sys
free = [s["seatId"] for s in json.load(sys.stdin)["seats"] if s["state"] == "STATE_FREE"]
print(json.dumps([{"seatId": seat} for seat in free[-2:]]))' <<<"$answer")

# Held seats are nobody else's for some minutes. The order's token is Alva's key to it.
hold() {
  post kulturtorg.ticketing.v1.TicketingService/HoldSeats <<JSON
{ "requestId": "$(uuid)", "performanceId": "$performance", "seats": $seats }
JSON
  order=$(tell '{id}')
  key=$(tell '{orderToken}')
}
hold
tell 'Two seats are held until {expireTime}.'

post kulturtorg.ticketing.v1.TicketingService/ExtendHold <<<"{\"orderId\": \"$order\", \"orderToken\": \"$key\"}"
tell 'They are held until {expireTime} now.'

post kulturtorg.ticketing.v1.TicketingService/ReleaseHold <<<"{\"orderId\": \"$order\", \"orderToken\": \"$key\"}"
tell 'They are given back: {state}.'

hold
tell 'They are held again: {state}.'

# The sandbox takes no money.
post kulturtorg.ticketing.v1.TicketingService/PayOrder <<JSON
{
  "requestId": "$(uuid)",
  "orderId": "$order",
  "orderToken": "$key",
  "buyerName": "Alva Ekwall",
  "buyerEmail": "$alva",
  "language": "en",
  "provider": "PROVIDER_SANDBOX",
  "paymentToken": "sandbox-ok"
}
JSON
tell 'They are paid: {total.minorUnits} öre, of which {vat.minorUnits} are VAT.'

post kulturtorg.ticketing.v1.TicketingService/GetOrder <<<"{\"orderId\": \"$order\", \"orderToken\": \"$key\"}"
tell 'The order holds row {tickets.0.seat.row}, numbers {tickets.0.seat.number} and {tickets.1.seat.number}.'

ticket=$(tell '{tickets.0.id}')
post kulturtorg.ticketing.v1.TicketingService/GetTicket <<<"{\"ticketId\": \"$ticket\", \"orderToken\": \"$key\"}"
tell 'The ticket lets one person into {houseName}. The door reads its QR code.'

# --- A question to the culture advisers ------------------------------------------------------------------------------

post kulturtorg.guidance.v1.GuidanceService/OpenCase <<JSON
{
  "requestId": "$(uuid)",
  "askerName": "Alva Ekwall",
  "askerEmail": "$alva",
  "language": "en",
  "theme": "funding",
  "artFields": ["visual.art"],
  "text": "Who supports artists' visits to schools?"
}
JSON
case_id=$(tell '{caseId}')
tell 'Case {caseId} is open.'

# Its secret comes by mail alone.
code=$(code_from guidance.opened)
post kulturtorg.guidance.v1.GuidanceService/GetMyCase <<<"{\"token\": \"$code\"}"
tell 'Its theme is {theme}, and it is {state}.'

post kulturtorg.guidance.v1.GuidanceService/AddQuestion <<JSON
{ "requestId": "$(uuid)", "token": "$code", "text": "And who pays for the journey?" }
JSON
tell 'Alva asked further: {messages.1.text}'

# Answering needs an adviser's account. Only what has an answer can be closed.
adviser=$(token_of goran.ismailoglu@example.org)
TOKEN=$adviser post kulturtorg.guidance.v1.GuidanceService/TakeCase <<<"{\"caseId\": \"$case_id\"}"
TOKEN=$adviser post kulturtorg.guidance.v1.GuidanceService/AnswerCase <<JSON
{ "requestId": "$(uuid)", "caseId": "$case_id", "text": "Your municipality does, both." }
JSON

post kulturtorg.guidance.v1.GuidanceService/CloseCase <<<"{\"token\": \"$code\", \"helped\": true}"
tell 'The answer helped, and the case is {state}.'

# --- An account ------------------------------------------------------------------------------------------------------

# The answers to Register, ResendConfirmation and RequestPasswordReset are empty: they tell nobody who has an account.
post kulturtorg.identity.v1.IdentityService/Register <<JSON
{
  "requestId": "$(uuid)",
  "name": "Alva Ekwall",
  "email": "$alva",
  "password": "a password of Alva",
  "language": "en"
}
JSON
tell 'Alva begins to register.'
code_from identity.confirm >/dev/null

post kulturtorg.identity.v1.IdentityService/ResendConfirmation <<<"{\"email\": \"$alva\"}"
tell 'The mail is sent again.'

code=$(code_from identity.confirm 2)
post kulturtorg.identity.v1.IdentityService/ConfirmEmail <<<"{\"token\": \"$code\"}"
tell 'The account {accountId} is made.'

post kulturtorg.identity.v1.IdentityService/SignIn <<<"{\"email\": \"$alva\", \"password\": \"a password of Alva\"}"
refresh=$(tell '{refreshToken}')
tell 'Signed in until {expireTime}.'

# Each refresh token works once and brings the next one.
post kulturtorg.identity.v1.IdentityService/Refresh <<<"{\"refreshToken\": \"$refresh\"}"
tell 'Signed in until {expireTime} now.'

post kulturtorg.identity.v1.IdentityService/RequestPasswordReset <<<"{\"email\": \"$alva\"}"
tell 'A code for a new password is on its way.'

code=$(code_from identity.password_reset)
post kulturtorg.identity.v1.IdentityService/ResetPassword <<<"{\"token\": \"$code\", \"password\": \"another one of Alva\"}"
tell 'The password is changed, and every session has ended.'

post kulturtorg.identity.v1.IdentityService/SignIn <<<"{\"email\": \"$alva\", \"password\": \"another one of Alva\"}"
tell 'Signed in with the new password until {expireTime}.'

post kulturtorg.notify.v1.NotifyService/ListKeptMail <<<"{\"address\": \"$alva\", \"pageSize\": 1}"
tell 'The newest of the mails of this day: {mails.0.subject}.'
