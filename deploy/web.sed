# web.sed: what every web server in front of ChatSphere has to know alike. The templates in deploy/nginx,
# deploy/apache and deploy/lighttpd name these words; deploy/quickstart and make put them in with this file,
# and what depends on the place (@RUN@, @WEB@, @LOG@ …) after it. Regular expressions are PCRE.

# "METHOD /path" of what makes or verifies a password hash (30 ms of processor time): it has its own pool.
s#@AUTH_ROUTES@#POST /auth/(?:login|register|users)|POST /api/(?:login|register)|PUT /auth/me/password#g

# The same paths without their methods, where nothing can look at both at once: what comes there with another
# method is refused there as well.
s#@AUTH_PATHS@#/auth/(?:login|register|users)|/api/(?:login|register)|/auth/me/password#g

# What is the path of no file, as it stands in the request's first line: dot segments, escaped separators and
# control characters, escapes that are none, backslashes. Paths are compared decoded elsewhere, so what was
# meant for a worker and is taken for a file had "/../" in it.
s#@ODD_PATH@#(?:/(?:auth|api|messages)(?:[/? ]|$)|[^? ]*(?:[\\x01-\\x1f\\x5c\\x7f]|%(?:[01]|2[Ff]|5[Cc]|7[Ff]|(?![0-9A-Fa-f]{2}))|/(?:[.]|%2[Ee]){1,2}(?:[/? ]|$)))#g

# The subprotocols of the gateway (ws-gateway/ws.c).
s#@SUBPROTOCOLS@#chatsphere\\.v1|nexus\\.v1#g

# The Content-Security-Policy of the web client.
s#@POLICY@#default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'#g

# Answers of the web server itself, in the form of the programs' own.
s#@MALFORMED@#{"type":"about:blank","title":"Bad Request","status":400,"code":"bad_request","detail":"The request is malformed","error":"The request is malformed"}#g
s#@NOT_FOUND@#{"type":"about:blank","title":"Not Found","status":404,"code":"not_found","detail":"Not found","error":"Not found"}#g
s#@NOT_ALLOWED@#{"type":"about:blank","title":"Method Not Allowed","status":405,"code":"method_not_allowed","detail":"Method not allowed","error":"Method not allowed"}#g
s#@LENGTH@#{"type":"about:blank","title":"Length Required","status":411,"code":"length_required","detail":"A POST has to name the length of its body","error":"A POST has to name the length of its body"}#g
s#@TOO_LARGE@#{"type":"about:blank","title":"Content Too Large","status":413,"code":"too_large","detail":"The body is too large","error":"The body is too large"}#g
s#@UNAVAILABLE@#{"type":"about:blank","title":"Service Unavailable","status":503,"code":"unavailable","detail":"The service is not available now","error":"The service is not available now"}#g
