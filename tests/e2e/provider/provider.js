// An OpenID Connect provider as a company runs one, with a page to sign in on; certified code, made-up people.
//
//   node provider.js '{"port": PORT, "redirect": "http://127.0.0.1:…/oauth2callback"}'
//
// Says "ready" once it listens. Whoever signs in as LOGIN is LOGIN@example.org, which is verified unless LOGIN
// begins with "unverified".

import Provider from "oidc-provider";

const { port, redirect } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [{ client_id: "maa", client_secret: "only-for-the-tests-0123456789abcdef", redirect_uris: [redirect] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  conformIdTokenClaims: false, // the claims stand in the ID token, as with the providers that companies use
  cookies: { keys: ["only for the tests"] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id, email: `${id}@example.org`, email_verified: !id.startsWith("unverified") }),
  }),
});
provider.listen(port, "127.0.0.1", () => console.log("ready"));
