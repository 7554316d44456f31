-- What pg_dump says of a database that agent_auth 0.1.0 filled: agents, a
-- resource server, sessions, keys, a sealed trail.  Version 0.1.0 itself made it
-- all, with lifetimes of decades, so that its tokens, in 0.1.0.json beside this
-- file, do not expire; test/t/035_upgrade.pl restores it and updates.
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';
CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA public;
COMMENT ON EXTENSION pgcrypto IS 'cryptographic functions';
CREATE EXTENSION IF NOT EXISTS agent_auth WITH SCHEMA public;
COMMENT ON EXTENSION agent_auth IS 'support agents log in, find a customer and act as that customer';
COPY agent_auth.agent (id, username, password_hash, active, created_at, password_changed_at, last_login_at, auditor) FROM stdin;
3	gone@example.com	$2a$04$A5QV/yY/hsFls14/OH335ek2iCXb9OhLuUWdjqIcsRmS5s5NbqAZu	f	2026-11-25 00:25:28.929623+00	2026-11-25 00:25:28.929623+00	\N	f
2	omar@example.com	$2a$04$TQI5In1UkLTShQy0h3erXO5cyAT9oWevYCs71RMMp0mVzxhNBWorW	t	2026-11-25 00:25:28.928375+00	2026-11-25 00:25:28.928375+00	2026-11-25 00:25:29.017775+00	f
1	maria@example.com	$2a$04$uziJSerDgRI5X3xpyDL7guMcQDB6/d8x1tMPHiys9fygmXGwKGRF.	t	2026-11-25 00:25:28.926689+00	2026-11-25 00:25:28.926689+00	2026-11-25 00:25:29.588739+00	t
\.
COPY agent_auth.audit (id, at, event, agent_id, username, customer_reference, session_id, peer, user_agent, detail, transaction_id, system_identifier) FROM stdin;
1	2026-11-25 00:25:28.920169+00	client_granted	\N	\N	\N	\N	\N	\N	{"to": "upgrade_client", "role": "postgres", "session_user": "postgres"}	726	7711898657998459045
2	2026-11-25 00:25:28.92473+00	signing_key_rotated	\N	\N	\N	\N	\N	\N	{"kid": "8H_Jk80V1aKwSzq-jXOLh_9gbeYRznUNvTQs6Ek8gXM", "role": "postgres", "session_user": "postgres"}	727	7711898657998459045
3	2026-11-25 00:25:28.927036+00	agent_created	1	maria@example.com	\N	\N	\N	\N	{"role": "postgres", "session_user": "postgres"}	728	7711898657998459045
4	2026-11-25 00:25:28.928435+00	agent_created	2	omar@example.com	\N	\N	\N	\N	{"role": "postgres", "session_user": "postgres"}	729	7711898657998459045
5	2026-11-25 00:25:28.929683+00	agent_created	3	gone@example.com	\N	\N	\N	\N	{"role": "postgres", "session_user": "postgres"}	730	7711898657998459045
6	2026-11-25 00:25:28.9304+00	auditor_appointed	1	maria@example.com	\N	\N	\N	\N	{"role": "postgres", "session_user": "postgres"}	731	7711898657998459045
7	2026-11-25 00:25:28.931705+00	agent_disabled	3	gone@example.com	\N	\N	\N	\N	{"role": "postgres", "session_user": "postgres"}	732	7711898657998459045
8	2026-11-25 00:25:28.95114+00	resource_server_created	\N	\N	\N	\N	\N	\N	{"name": "orders", "role": "postgres", "session_user": "postgres"}	734	7711898657998459045
9	2026-11-25 00:25:28.972888+00	login_succeeded	1	maria@example.com	\N	9bb43557-fb61-42d9-9f51-b21c80d36c5e	\N	\N	\N	735	7711898657998459045
10	2026-11-25 00:25:28.996349+00	login_succeeded	2	omar@example.com	\N	281f4407-c659-40c8-852b-c3f70bd04663	\N	\N	\N	736	7711898657998459045
11	2026-11-25 00:25:29.018503+00	login_succeeded	2	omar@example.com	\N	ff17277b-6057-433a-9e44-e34c68e9c4b8	\N	\N	\N	737	7711898657998459045
12	2026-11-25 00:25:29.047726+00	login_failed	1	maria@example.com	\N	\N	\N	\N	\N	738	7711898657998459045
13	2026-11-25 00:25:29.085915+00	impersonation_began	1	maria@example.com	DE--1	774e8066-e13c-4706-817c-2c1e4b952f1a	\N	\N	{"reason": "cannot find her order", "ticket": "T-1", "expires_at": "2090-04-11T03:58:48.972464+00:00", "parent_session": "9bb43557-fb61-42d9-9f51-b21c80d36c5e"}	739	7711898657998459045
14	2026-11-25 00:25:29.122122+00	token_revoked	2	omar@example.com	\N	ff17277b-6057-433a-9e44-e34c68e9c4b8	\N	\N	\N	740	7711898657998459045
15	2026-11-25 00:25:29.323641+00	signing_key_rotated	\N	\N	\N	\N	\N	\N	{"kid": "qlbSv3Yx8uiPZtyJkvTlhl7bQuxSGzQbgKH1j_xvTrI", "role": "postgres", "session_user": "postgres"}	742	7711898657998459045
16	2026-11-25 00:25:29.336141+00	refresh_key_rotated	\N	\N	\N	\N	\N	\N	{"role": "postgres", "number": "2", "session_user": "postgres"}	743	7711898657998459045
17	2026-11-25 00:25:29.589224+00	login_succeeded	1	maria@example.com	\N	761d6876-249e-4c7a-bb47-de6ab9e75215	\N	\N	\N	745	7711898657998459045
18	2026-11-25 00:25:29.621744+00	customers_searched	1	maria@example.com	\N	761d6876-249e-4c7a-bb47-de6ab9e75215	\N	\N	{"hits": 1, "exact": true}	746	7711898657998459045
\.
COPY agent_auth.audit_key (sealed_key, created_at) FROM stdin;
\\x01f43ecbc0414e02e51b29e4e844ee7e70259d68010fc451e2fd192b0f345b248c4dd0b83681f0e66acf749aa9d29746371c5cb67740e7507845bbf2ec	2026-11-25 00:25:29.350504+00
\.
COPY agent_auth.audit_seal (number, sealed_at, system_identifier, from_transaction, until_transaction, row_count, first_at, last_at, previous_mac, mac, purged_mac) FROM stdin;
1	2026-11-25 00:25:29.350599+00	7711898657998459045	0	744	16	2026-11-25 00:25:28.920169+00	2026-11-25 00:25:29.336141+00	\\x0000000000000000000000000000000000000000000000000000000000000000	\\xfaa5900dd6ed86bbf93fedcb978836cfff1b7dd9969ca03b4381521c9e91d10a	\N
2	2026-11-25 00:25:29.63604+00	7711898657998459045	744	747	2	2026-11-25 00:25:29.589224+00	2026-11-25 00:25:29.621744+00	\\xfaa5900dd6ed86bbf93fedcb978836cfff1b7dd9969ca03b4381521c9e91d10a	\\x1406e82d73e7afc37f3995de8094c825e85b5622789f6504e9a4f83c958d01ab	\N
\.
COPY agent_auth.customer (id, customer_reference, email, first_name, last_name, assistable) FROM stdin;
1	DE--1	sonia@example.com	Sonia	Wagner	t
2	DE--2	otto@example.com	Otto	\N	t
\.
COPY agent_auth.refresh_key (number, sealed_key, created_at, retired_at) FROM stdin;
1	\\x015fd0c218dde59ce183d994ab4dfade8da31c62d0363bc7d93368eed83d05a650588d8dfa2d32fcbc89394b5d4ca9c3bf36bf227d5ad47fa55313f603	2026-11-25 00:25:28.924587+00	2026-11-25 00:25:29.335786+00
2	\\x010fb4a82e34dbf609db6b1b093200efbe57ee7ca7c05ee94d3d6a8685ae01c46f0b54189cc8836bd2c23a07c3a1464f759beec640a64ef8ba58b5bc4a	2026-11-25 00:25:29.335885+00	\N
\.
COPY agent_auth.resource_server (name, secret_digest, created_at) FROM stdin;
orders	\\x3ead1faed1552676e288b2b688bd8ef726392fa1e24271c12218d48cf8021c50	2026-11-25 00:25:28.949971+00
\.
COPY agent_auth.session (id, kind, agent_id, parent_id, customer_reference, reason, ticket, generation, created_at, refreshed_at, expires_at, ended_at, end_reason, peer, user_agent) FROM stdin;
9bb43557-fb61-42d9-9f51-b21c80d36c5e	agent	1	\N	\N	\N	\N	1	2026-11-25 00:25:28.972464+00	2026-11-25 00:25:28.972464+00	2090-04-11 03:58:48.972464+00	\N	\N	\N	\N
774e8066-e13c-4706-817c-2c1e4b952f1a	impersonation	1	9bb43557-fb61-42d9-9f51-b21c80d36c5e	DE--1	cannot find her order	T-1	1	2026-11-25 00:25:29.084604+00	2026-11-25 00:25:29.084604+00	2090-04-11 03:58:48.972464+00	\N	\N	\N	\N
ff17277b-6057-433a-9e44-e34c68e9c4b8	agent	2	\N	\N	\N	\N	1	2026-11-25 00:25:29.017775+00	2026-11-25 00:25:29.017775+00	2090-04-11 03:58:49.017775+00	2026-11-25 00:25:29.121694+00	revoked	\N	\N
281f4407-c659-40c8-852b-c3f70bd04663	agent	2	\N	\N	\N	\N	2	2026-11-25 00:25:28.995617+00	2026-11-25 00:25:29.154137+00	2090-04-11 03:58:48.995617+00	\N	\N	\N	\N
761d6876-249e-4c7a-bb47-de6ab9e75215	agent	1	\N	\N	\N	\N	1	2026-11-25 00:25:29.588739+00	2026-11-25 00:25:29.588739+00	2090-04-11 03:58:49.588739+00	\N	\N	\N	\N
\.
COPY agent_auth.signing_key (kid, algorithm, public_key, sealed_private_key, created_at, retired_at, revoked_at) FROM stdin;
8H_Jk80V1aKwSzq-jXOLh_9gbeYRznUNvTQs6Ek8gXM	ES256	\\x3059301306072a8648ce3d020106082a8648ce3d030107034200042530f98171dfe584420f93d9832d41cdb93fd92ff0a60bace8b66e8b5a9a719b7338f529ac1ed8dc402a8f908592ee5b759577bbd1cbd92f04ba4618eb5e92f7	\\x01861138e18702b8e432102589bc9de0b3d7b5f376eec2cf8a05f59a1b0b3dfd091cb05ca4acc193bea5fac0462ce02ebff864bfe87bc01041eef2a2db9ae293728e6cbee7305303459356eca75cd7a8bcb4ac75b98950e133b956e1af5cd0fa9dc4b7cf238ed69bb38730806afa1447d547ba67e78dc8a0fb2f8f7f043e670d89f7ff232106a29bfffb9cf1136c6cba2f40da4ef17e8c99c60e26d0f8c48beb24b6eddb709e8d	2026-11-25 00:25:28.92413+00	2026-11-25 00:25:29.323114+00	\N
qlbSv3Yx8uiPZtyJkvTlhl7bQuxSGzQbgKH1j_xvTrI	RS256	\\x30820122300d06092a864886f70d01010105000382010f003082010a0282010100d03d82f38fa5e3fcd30e7c19d49601038b8cc0bd2c12bbd42dc0ccdc87c0a857b50d15e80cdec0044f0008f5a33c2db43b3904b92d1b869f64a8971c12d7432620f1567fb303af429f09a558ba6482dea73c0b8e53ceef9682abbf6a438ee55431323ac9709eb0778fdeaf225222b15a471c1f4fec094d278496bc3eaa57a37a5a500feb49e3cdacc7c4967b1bf07310b5937710120936ef2efb88accff74bc2b1be2e70cfc57e21e7ef9bcee98d73f699fd739a6e827acb344d2b28c1f724e9ee4b90ff73d8ae637d451df66056d398d20a2d2c569598556a10242e1092a321b363326aa3ec9281152f30ac3d8fbbd414a2264af428c6a812dc31234b37e72d0203010001	\\x0120296a11e5c7340ed261b65c61088a5deb621a335f6d921a46b24190947c31880c4784c1ed26f56eae60459443d6c40a310ff2468cdfb65ea9dada89879f4b90ba832846c176fbc6a15a73a33f2233d46bc4b37f055bea860358cb704a20c55e816ec6e60941e9af021fafbcdc80784888e8e07c8b11b9b890c55068d4793852214323846899c0d203009c08be812b4fa62050bfd5d979632a79b35f9125e698d6022cbc771c2f9caf9b0fda79bd1031d7569b50f46888e88f638f55a540ec1f4339744d054c684cb7f37359183d48b00da7da23c842d62ec9a88268798b54e9792a2793c60ced2074b0d91f145f4c8e738ed7b76acc80dcdc8387dc113863444d2eb6f9ef6bf9dd884e4ee8aed5a6827868712811b4a0248f79aaf3dcd6dfd2c6a164f10b22dd7ca457573188f6b2d735e0ca41e865428aec2af55ffb8bdaf113ea5c5eb43fdd67aa1b4929613139e34b57a1e359bde17312449bd18621046cb707070479eb15fb591993c6adb7193c52bb9dd7ab0c65ca5d207d6b015ef3ae79c87a7b1a1db25b2cb24c65715e9be16c8142de0775881eaffaad59507c13b9e5ed4782eab87f988e73510fa179bd7fd3190960d710b196cf34783b3c866a1792e80829d56d85d64aa0c95a2ed3b606acc43c9f993b63527a12e958f866de9f3bd1280db353ffc189d869ce9e9505bb7db9f3ec2711d8f832bd82d1a4d13df73cf6ab4735ffef59bbca0b915660b40662d57ef1977a38b8e61f3b60db6da2de962a6d2b896a03a715f7cedc913bd4fd4e9f7c043d4094c9bbfef9e3309c279782b507825534dbf9c02f38ac342c9bb451545f8bcc9ca1a025c883cfef4980f9984a2b83e85ceca09eb94bc4e0315e93306a1dd3a1758b13dc976425433d3514dd156d93388daca2e80ee69b44f2709ce783146b41c8e5f79b8eaa23319f49edc325bb3c8217e8ef6f1d7bd8301cd361372c9ceadca1053d2cd9b355ad2d736ae7c3fbf345b1a5da0aabc5d9b0fed7704a2c6cfa16aa002d39f9a5ff0ec8f8106713e5bece5cef50a1b46bdaf104e9101130608df65c0f7271a3309ffbbba3079cd07593d22bc37e43a8d43f5b13290e184b7e6cfb44f3d16d0291ac5f131377135f5a103d1b7cfaee325edea9e78c17f8022cfcc61454b30eb5e7b4bc899ebc3453cafb223506d4c42d2a1c4770b3691759d3188380f9dcdbe3ee268446ba9c6dbdc195e7e9b9c1bfd34c2d54de7c80f665fb70ef011fd17ec31b108cbbdc24357307144a8d84139b9a199b91c1df2d14c5fb7bf10933fb09193f8bfd7807938b2c4692e4144110fe3655d6819c0edadcc56f2e992fe3242bf13b50324cddb2a52996b9c150ef2de743a3f3bd51fe023a401c2f91e259d06b716c7eeee5014d7bbf430a80d05d753a4e419ac809280eacc71c3c0fa498078a70933841c487ef4029c90f1dcafbb2f2fb4cefe4d2569876f8b0081938e1d5c8ae11aeeff580f7320e80829930affefd8a30540729401c0f80340c4dd6001a6f08ef8f2c17b3cd0c3a8a0abc5c50f03936326dc730c77518a2e80e7915262a0159ca4beb14c575feb1fdfafbe4064d675d95024cfc54036a344b7a427eed118d4fb5846c18bfa28e048f401176211310a02ee491cdd2c11db8dfbe759ade3cadc3d291ac6a94a69ced47310f84b199a702efe399a266e451bf0931e1cec3c5a716c5299987f53e29ce01e4576f04a314707cc51f00aeef269304ed729ae5221bed752d80	2026-11-25 00:25:29.323289+00	\N	\N
\.
SELECT pg_catalog.setval('agent_auth.agent_id_seq', 3, true);
SELECT pg_catalog.setval('agent_auth.audit_id_seq', 18, true);
SELECT pg_catalog.setval('agent_auth.customer_id_seq', 2, true);
GRANT USAGE ON SCHEMA public TO upgrade_client;
GRANT ALL ON FUNCTION public.agent_access_token(username text, password text) TO upgrade_client;
GRANT ALL ON FUNCTION public.agent_customer_impersonation_access_token(agent_token text, customer_reference text, reason text, ticket text) TO upgrade_client;
GRANT ALL ON FUNCTION public.agent_customer_search(agent_token text, q text, page_offset integer, page_limit integer) TO upgrade_client;
GRANT ALL ON FUNCTION public.agent_http(bytea) TO upgrade_client;
GRANT ALL ON FUNCTION public.agent_jwks() TO upgrade_client;
GRANT ALL ON FUNCTION public.agent_refresh_access_token(refresh_token text) TO upgrade_client;
GRANT ALL ON FUNCTION public.agent_revoke_token(token text) TO upgrade_client;
GRANT ALL ON FUNCTION public.agent_token_introspection(agent_token text, token text) TO upgrade_client;
