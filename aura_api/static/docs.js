// Starts Swagger UI on this server's own description. An address that names a problem shows its row, once all is drawn.
"use strict";

const problem = document.getElementById(location.hash.slice(1));

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#operations",
  deepLinking: !problem, // it would write another hash over the problem's
  validatorUrl: null, // else Swagger UI asks a validator on the internet
  onComplete: () => problem?.scrollIntoView({ block: "center" }),
});
