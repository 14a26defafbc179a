-- login.lua - wrk's script for POST /auth/login. Arguments behind wrk's "--": a password, then names.

function init(args)
	bodies = {}
	for i = 2, #args do
		bodies[#bodies + 1] = string.format('{"username":"%s","password":"%s"}', args[i], args[1])
	end
	wrk.method = "POST"
	wrk.headers["Content-Type"] = "application/json"
end

function request()
	return wrk.format(nil, nil, nil, bodies[math.random(#bodies)])
end
