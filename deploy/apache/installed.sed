# installed.sed: the words of these templates for an installation. What its prefix decides, make puts in
# before. Of the four gateways those that do not run are asked once a second whether they do.
s#@GATEWAYS@#BalancerMember "unix:/run/chatsphere/ws/gateway-1.sock|http://chatsphere-gateway-1" ${CHATSPHERE_MEMBER}\n    BalancerMember "unix:/run/chatsphere/ws/gateway-2.sock|http://chatsphere-gateway-2" ${CHATSPHERE_MEMBER}\n    BalancerMember "unix:/run/chatsphere/ws/gateway-3.sock|http://chatsphere-gateway-3" ${CHATSPHERE_MEMBER}\n    BalancerMember "unix:/run/chatsphere/ws/gateway-4.sock|http://chatsphere-gateway-4" ${CHATSPHERE_MEMBER}#
s#@RUN@#/run/chatsphere#g
s#@LOG@#/var/log/apache2#g

# Examples, to be edited in a copy.
s#@PORT@#80#
s#@TLS_PORT@#443#
s#@TLS_AT@##
s#@TLS@#\#Define CHATSPHERE_TLS#
s#@FRONT_PROXY@#\#Define CHATSPHERE_FRONT#
s#@FRONT@#192.0.2.1#
s#@CERTIFICATE@#/etc/ssl/certs/chatsphere.pem#
s#@KEY@#/etc/ssl/private/chatsphere.key#
