# installed.sed: the words of these templates for an installation. What its prefix decides, make puts in
# before. Of the four gateways those that do not run are passed over at each handshake, which costs microseconds.
s#@LISTEN@#listen 80; listen [::]:80;#
s#@GATEWAYS@#server unix:/run/chatsphere/ws/gateway-1.sock max_fails=0;\n    server unix:/run/chatsphere/ws/gateway-2.sock max_fails=0;\n    server unix:/run/chatsphere/ws/gateway-3.sock max_fails=0;\n    server unix:/run/chatsphere/ws/gateway-4.sock max_fails=0;#
s#@RUN@#/run/chatsphere#g
s#@LOG@#/var/log/nginx#g

# Examples, to be edited in a copy.
s#@TLS_LISTEN@#listen 443 ssl http2;\nlisten [::]:443 ssl http2;#
s#@CERTIFICATE@#/etc/ssl/certs/chatsphere.pem#
s#@KEY@#/etc/ssl/private/chatsphere.key#
s#@TLS_AT@##
s#@FRONT@#set_real_ip_from 192.0.2.1;#
