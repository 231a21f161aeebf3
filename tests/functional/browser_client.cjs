// Signs in as a page would with Amazon's own library, and prints the tokens as JSON.
// Reads from standard input: library (a path), endpoint, userPoolId, clientId, username, password;
// with refresh true, the tokens are those of a refresh after the sign-in.
globalThis.self = globalThis; // the library is built for browsers

const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const amazon = require(asked.library);

const pool = new amazon.CognitoUserPool({
  UserPoolId: asked.userPoolId,
  ClientId: asked.clientId,
  endpoint: asked.endpoint,
});
const user = new amazon.CognitoUser({Username: asked.username, Pool: pool});

function print(session) {
  console.log(JSON.stringify({
    access: session.getAccessToken().getJwtToken(),
    id: session.getIdToken().getJwtToken(),
  }));
}

function fail(error) {
  console.log(JSON.stringify({error: error.code || error.name}));
}

function signedIn(session) {
  if (!asked.refresh) return print(session);
  user.refreshSession(session.getRefreshToken(), (error, fresh) => error ? fail(error) : print(fresh));
}

user.authenticateUser(
  new amazon.AuthenticationDetails({Username: asked.username, Password: asked.password}),
  {onSuccess: signedIn, onFailure: fail},
);
