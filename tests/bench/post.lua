-- post.lua - wrk's script for POST /api/rooms/{id}/messages: a room at random, a clientId each.
-- Arguments behind wrk's "--": one text that makes the client ids of this run unique, then the rooms.

local number = 0

function setup(thread)
	number = number + 1
	thread:set("thread_number", number)
end

function init(args)
	run, rooms, sent = args[1], {}, 0
	for i = 2, #args do
		rooms[#rooms + 1] = "/api/rooms/" .. args[i] .. "/messages"
	end
	math.randomseed(thread_number)
	wrk.method = "POST"
	wrk.headers["Content-Type"] = "application/json"
end

function request()
	sent = sent + 1
	local body = string.format(
		'{"content":"The build is green again, I will merge it after lunch.","clientId":"%s-%d-%d"}',
		run, thread_number, sent)
	return wrk.format(nil, rooms[math.random(#rooms)], nil, body)
end
