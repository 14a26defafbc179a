-- mixture.lua - wrk's script for what people ask of the API, 80 reads and 20 writes in a hundred: the newest
-- page of a room, the list of one's rooms, a message, "read up to here". A person and a room at random.
-- Arguments behind wrk's "--": a text that makes the client ids of this run unique, then for each person
-- "token,room,room,…".

local number = 0

function setup(thread)
	number = number + 1
	thread:set("thread_number", number)
end

function init(args)
	run, people, sent = args[1], {}, 0
	for i = 2, #args do
		local person = { rooms = {} }
		for word in args[i]:gmatch("[^,]+") do
			if person.headers then
				person.rooms[#person.rooms + 1] = "/api/rooms/" .. word
			else
				person.headers = { Authorization = "Bearer " .. word, ["Content-Type"] = "application/json" }
			end
		end
		people[#people + 1] = person
	end
	math.randomseed(thread_number)
end

function request()
	local person = people[math.random(#people)]
	local room, dice = person.rooms[math.random(#person.rooms)], math.random(100)
	sent = sent + 1
	if dice <= 60 then
		return wrk.format("GET", room .. "/messages", person.headers)
	elseif dice <= 80 then
		return wrk.format("GET", "/api/rooms", person.headers)
	elseif dice <= 90 then
		return wrk.format("PUT", room .. "/read", person.headers, '{"seq":1000000000}') -- to its end
	end
	return wrk.format("POST", room .. "/messages", person.headers, string.format(
		'{"content":"The build is green again, I will merge it after lunch.","clientId":"%s-%d-%d"}',
		run, thread_number, sent))
end
