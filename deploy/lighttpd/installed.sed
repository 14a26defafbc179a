# installed.sed: the words of these templates for an installation. What its prefix decides, make puts in
# before. Of the four gateways those that do not run are asked for again every half minute, and one that was
# started anew is back after so long; the first at once.
s#@GATEWAYS@#( "socket" => "/run/chatsphere/ws/gateway-1.sock", "disable-time" => 0 ),\n    ( "socket" => "/run/chatsphere/ws/gateway-2.sock", "disable-time" => 30 ),\n    ( "socket" => "/run/chatsphere/ws/gateway-3.sock", "disable-time" => 30 ),\n    ( "socket" => "/run/chatsphere/ws/gateway-4.sock", "disable-time" => 30 )#
s#@RUN@#/run/chatsphere#g
s#@LOG@#/var/log/lighttpd#g

# Examples, to be edited in a copy.
s#@TLS_LISTEN@#$SERVER["socket"] == ":443" { ssl.engine = "enable" }\n$SERVER["socket"] == "[::]:443" { ssl.engine = "enable" }#
s#@CERTIFICATE@#/etc/ssl/certs/chatsphere.pem#
s#@KEY@#/etc/ssl/private/chatsphere.key#
s#@TLS_AT@##
s#@FRONT@#"192.0.2.1" => "trust"#
