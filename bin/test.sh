#!/usr/bin/env bash
# Exercises a running gateway with curl, as a client would, and fails if an answer is wrong.
#   BASE_URL=http://localhost:8080 bin/test.sh
set -u
base=${BASE_URL:-http://localhost:8080}
run=$(date +%s)$$
passed=0
failed=0
body=$(mktemp)
trap 'rm -f "$body"' EXIT

# ask METHOD PATH [curl arguments…]: leaves the status in $status and the answer in $body
ask() {
  local method=$1 path=$2
  shift 2
  status=$(curl -sS -m 20 -o "$body" -w '%{http_code}' -X "$method" "$base$path" "$@") || status=000
}

json() { ask "$1" "$2" -H 'Content-Type: application/json' -d "$3" "${@:4}"; }

# expect WHAT STATUS [text the answer must contain…]
expect() {
  local what=$1 wanted=$2
  shift 2
  if [ "$status" != "$wanted" ]; then
    failed=$((failed + 1))
    printf 'FAILED %s: %s instead of %s\n       %s\n' "$what" "$status" "$wanted" "$(head -c 400 "$body")"
    return
  fi
  for text in "$@"; do
    if ! grep -qF -- "$text" "$body"; then
      failed=$((failed + 1))
      printf 'FAILED %s: no %s in\n       %s\n' "$what" "$text" "$(head -c 400 "$body")"
      return
    fi
  done
  passed=$((passed + 1))
  printf 'ok     %s\n' "$what"
}

# refuse_text WHAT TEXT: the last answer must not contain it
refuse_text() {
  if grep -qF -- "$2" "$body"; then
    failed=$((failed + 1))
    printf 'FAILED %s: %s is in the answer\n' "$1" "$2"
  else
    passed=$((passed + 1))
    printf 'ok     %s\n' "$1"
  fi
}

# first NAME: the first value of that name in the last answer
first() { grep -o "\"$1\":\"\{0,1\}[^\",}]*" "$body" | head -1 | sed 's/.*:"\{0,1\}//'; }

secret="test-$run-secret"
ann="ann-$run" bob="bob-$run" cleo="cleo-$run" acme="acme-$run" ivy="ivy-$run"

echo "Parley at $base"
ask GET /health/live; expect 'liveness' 200
ask GET /health/ready; expect 'readiness' 200 '"status":"up"'
ask GET /openapi.yaml; expect 'the contract' 200 'operationId: createUser'
ask GET /openapi.json; expect 'the contract as JSON' 200 '"operationId":"createUser"'
ask GET /docs/; expect 'the reference' 200 'swagger-ui'
ask GET /docs/guide/; expect 'the guide' 200 'Quick start'

for user in $ann:person $bob:person $cleo:person $acme:company $ivy:influencer; do
  name=${user%%:*} kind=${user##*:}
  json POST /api/users "{\"name\":\"$name\",\"email\":\"$name@example.org\",\"password\":\"$secret\",\"username\":\"$name\",\"kind\":\"$kind\"}"
  expect "sign up $kind" 201 "\"username\":\"$name\"" "\"kind\":\"$kind\""
done
json POST /api/users "{\"name\":\"x\",\"email\":\"$ann@example.org\",\"password\":\"$secret\"}"; expect 'an email belongs to one account' 409
json POST /api/users '{"name":"x"}'; expect 'a field is missing' 400 '"field":"email"'
ask POST /api/users -H 'Content-Type: application/json' -d '{'; expect 'a truncated body' 400
ask GET /api/users/me -u "$ann:wrong-password"; expect 'a wrong password' 401
ask GET /api/user; expect 'an unknown path' 404 '"type":"no_such_path"' '"nearest":["/api/users"'
ask DELETE /api/users -u "$ann:$secret"; expect 'an unsupported method' 405

ask GET /api/users/me -u "$ann:$secret"; expect 'sign in by username' 200 "\"username\":\"$ann\""
ask GET /api/users/me -u "$ann@example.org:$secret"; expect 'sign in by email' 200 "\"username\":\"$ann\""
ask GET "/api/users/?search=$run" -u "$ann:$secret"; expect 'the other users' 200 "\"username\":\"$bob\""
refuse_text 'not the caller' "\"username\":\"$ann\""
ask GET "/api/users?search=$run&limit=2" -u "$ann:$secret"; expect 'a page of them' 200 '"next":"'
ask POST /api/auth/token -d "grant_type=password&username=$ann&password=$secret"; expect 'a token' 200 '"token_type":"Bearer"'
token=$(first access_token)
ask GET /api/users/me -H "Authorization: Bearer $token"; expect 'the token works' 200 "\"username\":\"$ann\""
ask GET /api/users/me -H 'Authorization: Bearer nonsense'; expect 'an invalid token does not' 401

ask POST "/api/conversations/$bob/" -u "$ann:$secret" --data-urlencode "content=to $bob with love"; expect 'a direct message' 201 '"seq":1' 'with love'
direct=$(first conversation_id)
ask GET "/api/conversations/$bob/" -u "$ann:$secret"; expect 'my conversation with Bob' 200 'with love'
ask GET "/api/conversations/$ann/" -u "$bob:$secret"; expect 'the same conversation as Bob sees it' 200 'with love' '"unread":1'
ask GET "/api/conversations/$direct" -u "$cleo:$secret"; expect 'not visible to a third user' 404
json POST "/api/conversations/$direct/read" '{"seq":1}' -u "$bob:$secret"; expect 'Bob has read it' 200 '"read_seq":1'
ask GET "/history/$direct?limit=10&offset=0" -u "$ann:$secret"; expect 'the history' 200 '"read":true' "\"chat_id\":$direct" '"total":1'
json POST "/api/conversations/$acme" '{"content":"x"}' -u "$ann:$secret"; expect 'a person cannot write to a company' 422 counterpart_not_allowed
json POST "/api/conversations/$ann" '{"content":"x"}' -u "$ann:$secret"; expect 'nor to themselves' 422 self_conversation

json POST "/api/conversations/$ivy" '{"content":"hello Ivy"}' -u "$acme:$secret"; expect 'a company writes to an influencer' 201
deal=$(first conversation_id)
json POST "/api/conversations/$deal/items" '{"type":"post","post":{"platform":"photos","url":"https://example.org/p/1","caption":"look"}}' -u "$ivy:$secret"; expect 'a post' 201 '"type":"post"' '"seq":2'
json POST "/api/conversations/$deal/items" '{"type":"attachment","attachments":[{"url":"https://example.org/brief.pdf"}]}' -u "$acme:$secret"; expect 'an attachment' 201 '"seq":3'
json POST "/api/conversations/$deal/items" '{"type":"transfer","transfer":{"amount":125000,"currency":"EUR","reference":"tea"},"reply_to":2}' -u "$acme:$secret"; expect 'a transfer' 201 '"type":"transfer"' '"state":"initiated"' '"seq":4' '"reply_to":2'
json POST "/api/conversations/$deal/items/4/state" '{"state":"canceled"}' -u "$ivy:$secret"; expect 'the other side cannot cancel it' 403
json POST "/api/conversations/$deal/items/4/state" '{"state":"canceled"}' -u "$acme:$secret"; expect 'the author cancels it' 200 '"state":"canceled"'
json POST "/api/conversations/$deal/items/4/state" '{"state":"initiated"}' -u "$acme:$secret"; expect 'a canceled transfer cannot change' 409 illegal_move
ask PUT "/api/conversations/$deal/items/2/reactions/%F0%9F%91%8D" -u "$acme:$secret"; expect 'a reaction' 200 '"count":1'
ask DELETE "/api/conversations/$deal/items/2/reactions/%F0%9F%91%8D" -u "$acme:$secret"; expect 'taken back' 204
ask GET /api/conversations -u "$acme:$secret"; expect 'the preview shows the latest item of any type' 200 '"type":"transfer"' "\"handle\":\"$ivy\""

json POST /api/conversations "{\"kind\":\"group\",\"name\":\"team $run\",\"members\":[\"$bob\"]}" -u "$ann:$secret"; expect 'a group' 201 '"kind":"group"'
group=$(first id)
json POST "/api/conversations/$group/messages" "{\"body\":\"hi all\",\"client_id\":\"k-$run\"}" -u "$bob:$secret"; expect 'a message in it' 201 '"seq":1'
json POST "/api/conversations/$group/messages" "{\"body\":\"hi all\",\"client_id\":\"k-$run\"}" -u "$bob:$secret"; expect 'a repeat returns the same item' 200 '"seq":1'
json POST "/api/conversations/$group/messages" "{\"body\":\"other\",\"client_id\":\"k-$run\"}" -u "$bob:$secret"; expect 'the key cannot be reused for another request' 409
json PATCH "/api/conversations/$group" "{\"name\":\"crew $run\",\"add\":[\"$cleo\"]}" -u "$bob:$secret"; expect 'a member cannot change the group' 403
json PATCH "/api/conversations/$group" "{\"name\":\"crew $run\",\"add\":[\"$cleo\"],\"remove\":[\"$bob\"]}" -u "$ann:$secret"; expect 'the owner can' 200 "crew $run"
ask GET "/api/conversations/$group/messages" -u "$bob:$secret"; expect 'a removed member sees nothing' 404
ask GET "/api/conversations/$group/messages?limit=1" -u "$cleo:$secret"; expect 'a new member sees the history' 200 'hi all'
ask GET "/api/conversations/$group/changes?since=0" -u "$ann:$secret"; expect 'what changed' 200 '"event":"item.created"' '"resync":false'

ask GET '/api/analytics/users?limit=1&start=2020-01-01' -u "$cleo:$secret"; expect 'the most active users' 200 '"messages":' '"limit":1'
ask GET '/api/analytics/conversations?end=2000-01-01' -u "$cleo:$secret"; expect 'no active conversations long ago' 200 '"data":[]'
ask GET '/api/analytics/users?start=2026-01-02&end=2026-01-01' -u "$cleo:$secret"; expect 'an inverted range' 400 '"field":"end"'
ask GET '/api/search?q=love' -u "$bob:$secret"; expect 'search in my conversations' 200 '"behind":'
ask GET "/api/search?q=love&ref=$direct" -u "$cleo:$secret"; expect 'no search in the conversations of others' 404

printf 'not a picture' > "$body.upload"
status=$(curl -sS -m 20 -o "$body" -w '%{http_code}' -u "$ann:$secret" --data-binary "@$body.upload" "$base/api/attachments?name=note.txt")
rm -f "$body.upload"; expect 'an upload' 201 '"mime_type":"text/plain' '"size":13'
file=$(sed 's/.*"id":"\([0-9a-f-]*\)".*/\1/' "$body")
ask GET "/api/attachments/$file" -u "$bob:$secret"; expect 'not visible to others' 404
json POST "/api/conversations/$bob/messages" "{\"attachments\":[{\"id\":\"$file\"}]}" -u "$ann:$secret"; expect 'attach it to a message to Bob' 201 "\"id\":\"$file\""
ask GET "/api/attachments/$file" -u "$bob:$secret"; expect 'Bob can download it' 200 'not a picture'
ask GET /eventbus/info; expect 'SockJS' 200 '"websocket":true'
ask GET /parley.js; expect 'the client library' 200 'export class Parley'

# phones and mailboxes: in a sandbox, where requests without credentials act as the agent
ask GET /api/deliveries
if [ "$status" = 200 ]; then
  ours=+1201666$((1000 + RANDOM % 9000))
  json POST /api/messages/sms "{\"from\":\"$ours\",\"to\":\"+18045551234\",\"type\":\"sms\",\"body\":\"hello\",\"attachments\":null,\"timestamp\":\"2024-11-01T14:00:00Z\"}"; expect 'send an SMS' 202 '"direction":"outbound"' '"state":"queued"'
  talk=$(sed 's/.*"conversation_id":\([0-9]*\).*/\1/' "$body")
  json POST /api/webhooks/sms "{\"from\":\"+18045551234\",\"to\":\"$ours\",\"type\":\"sms\",\"messaging_provider_id\":\"sms-$run\",\"body\":\"hi\",\"attachments\":null}"; expect 'receive an SMS' 200 "\"conversation_id\":$talk" '"duplicate":false'
  json POST /api/webhooks/sms "{\"from\":\"+18045551234\",\"to\":\"$ours\",\"type\":\"sms\",\"messaging_provider_id\":\"sms-$run\",\"body\":\"hi\",\"attachments\":null}"; expect 'receive it again' 200 '"duplicate":true'
  json POST /api/messages/email "{\"from\":\"[desk$run@example.com](mailto:desk$run@example.com)\",\"to\":\"contact@example.org\",\"body\":\"<b>hello</b>\",\"attachments\":[]}"; expect 'send an email' 202 '"channel":"email"' '"html":"<b>hello</b>"'
  ask GET "/api/conversations/$talk/messages"; expect 'both SMS are in one timeline' 200 '"body":"hello"' '"body":"hi"'
  json POST /api/messages/sms '{"from":"nobody","to":"+18045551234","type":"sms","body":"x"}'; expect 'an invalid number' 400 '"field":"from"'
  ask GET /api/providers; expect 'the providers' 200 '"breaker":'
fi

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
