-- Believable customers for agent_auth.customer, the same ones every time.
--
--   psql -v n=1000000 -f customers.sql
--
-- Names of ten languages in seven scripts, some far commoner than others, as
-- names are.  Every tenth customer has no e-mail address or no name, every
-- fiftieth is not to be assisted.  All addresses are under the domains that
-- RFC 2606 reserves.

CREATE TEMPORARY TABLE name (language int, kind text, rank int, name text, ascii text);

-- as written, and as it is spelt in an e-mail address
INSERT INTO name
SELECT l.language, l.kind, n.rank - 1, split_part(n.pair, ':', 1), lower(coalesce(nullif(split_part(n.pair, ':', 2), ''), n.pair))
FROM (VALUES
	(0, 'first', 'James Mary John Patricia Robert Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph Jessica Thomas Karen Charles Sarah Emma Olivia Noah Liam Ava Sophia Jackson Lucas Mia Zoe'),
	(0, 'last', 'Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Thomas Moore Martin Jackson Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Nelson Baker Hall Campbell Mitchell Carter Roberts O''Brien:obrien McDonald Featherstonehaugh Smith-Jones'),
	(1, 'first', 'Hans Anna Peter Maria Jürgen:juergen Ursula Günter:guenter Renate Klaus Karin Wolfgang Petra Dieter Sabine Jörg:joerg Käthe:kaethe Uwe Zoë:zoe Björn:bjoern Heike'),
	(1, 'last', 'Müller:mueller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer:schaefer Koch Bauer Richter Klein Wolf Schröder:schroeder Neumann Schwarz Zimmermann Braun Krüger:krueger Hartmann Lange Weiß:weiss Jäger:jaeger Groß:gross Brüning:bruening'),
	(2, 'first', 'Jean Marie Pierre Nathalie François:francois Chloé:chloe Hélène:helene Michel Céline:celine Louis Camille Noël:noel Zacharie Anaïs:anais Jean-Luc Anne-Sophie'),
	(2, 'last', 'Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefèvre:lefevre Michel Garcia Bertrand Lemaître:lemaitre D''Artagnan:dartagnan Béranger:beranger'),
	(3, 'first', 'Jan Anna Piotr Maria Krzysztof Katarzyna Andrzej Małgorzata:malgorzata Stanisław:stanislaw Agnieszka Paweł:pawel Łukasz:lukasz Żaneta:zaneta'),
	(3, 'last', 'Nowak Kowalski Wiśniewski:wisniewski Wójcik:wojcik Kowalczyk Kamiński:kaminski Lewandowski Zieliński:zielinski Szymański:szymanski Woźniak:wozniak Dąbrowski:dabrowski Kozłowski:kozlowski Święcicki:swiecicki'),
	(4, 'first', 'Mehmet Fatma Mustafa Ayşe:ayse Ahmet Emine Ali Hatice Hüseyin:huseyin Zeynep İbrahim:ibrahim Işık:isik Özlem:ozlem'),
	(4, 'last', 'Yılmaz:yilmaz Kaya Demir Şahin:sahin Çelik:celik Yıldız:yildiz Öztürk:ozturk Aydın:aydin Arslan Doğan:dogan Kılıç:kilic'),
	(5, 'first', 'Александр:aleksandr Мария:mariya Сергей:sergey Елена:elena Дмитрий:dmitry Ольга:olga Андрей:andrey Наталья:natalya Иван:ivan Анна:anna Юрий:yury Ксения:kseniya'),
	(5, 'last', 'Иванов:ivanov Смирнов:smirnov Кузнецов:kuznetsov Попов:popov Васильев:vasilyev Петров:petrov Соколов:sokolov Михайлов:mikhaylov Новиков:novikov Фёдоров:fyodorov Щербаков:shcherbakov'),
	(6, 'first', 'Γιώργος:giorgos Μαρία:maria Δημήτρης:dimitris Ελένη:eleni Κώστας:kostas Αικατερίνη:aikaterini Νίκος:nikos Σοφία:sofia'),
	(6, 'last', 'Παπαδόπουλος:papadopoulos Νικολάου:nikolaou Γεωργίου:georgiou Ιωάννου:ioannou Βλάχος:vlachos Αγγελόπουλος:angelopoulos'),
	(7, 'first', '伟:wei 芳:fang 娜:na 秀英:xiuying 敏:min 静:jing 丽:li 强:qiang 磊:lei 洋:yang 勇:yong 小明:xiaoming'),
	(7, 'last', '王:wang 李:li 张:zhang 刘:liu 陈:chen 杨:yang 黄:huang 赵:zhao 吴:wu 周:zhou 欧阳:ouyang'),
	(8, 'first', 'さくら:sakura 翔太:shota 陽菜:hina 大輔:daisuke ゆい:yui 健太:kenta 結衣:yui タケシ:takeshi'),
	(8, 'last', '佐藤:sato 鈴木:suzuki 高橋:takahashi 田中:tanaka 渡辺:watanabe 伊藤:ito 山本:yamamoto 中村:nakamura'),
	(9, 'first', 'محمد:mohammed فاطمة:fatima أحمد:ahmed عائشة:aisha علي:ali خديجة:khadija يوسف:yusuf مريم:maryam'),
	(9, 'last', 'العلي:alali الحسن:alhassan حداد:haddad خوري:khoury نجار:najjar المصري:almasri'),
	(10, 'first', 'राज:raj प्रिया:priya अमित:amit नेहा:neha संजय:sanjay अनीता:anita विजय:vijay पूजा:pooja'),
	(10, 'last', 'शर्मा:sharma वर्मा:verma गुप्ता:gupta सिंह:singh कुमार:kumar पटेल:patel जोशी:joshi')
) l(language, kind, names), LATERAL unnest(string_to_array(l.names, ' ')) WITH ORDINALITY n(pair, rank);

-- A number in [0, 1) that depends on the customer and the question alone.
CREATE FUNCTION pg_temp.dice(customer bigint, question int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
	$$ SELECT (hashint8extended(customer, question) & 1073741823) / 1073741824.0 $$;

CREATE TEMPORARY TABLE size AS SELECT language, kind, count(*)::int AS n FROM name GROUP BY language, kind;
ANALYZE name, size;

INSERT INTO agent_auth.customer (customer_reference, email, first_name, last_name, assistable)
SELECT 'DE--' || c.id,
	CASE WHEN c.id % 10 = 7 AND c.id % 20 < 10 THEN NULL ELSE
		CASE WHEN pg_temp.dice(c.id, 5) < 0.5 THEN f.ascii || '.' || l.ascii WHEN pg_temp.dice(c.id, 5) < 0.8 THEN left(f.ascii, 1) || l.ascii ELSE l.ascii || '_' || f.ascii END
		|| c.id || '@' || (ARRAY['example.com', 'mail.example.com', 'example.org', 'example.net', 'post.example.org', 'students.example.net'])[1 + (6 * pg_temp.dice(c.id, 6) * pg_temp.dice(c.id, 7))::int % 6] END,
	CASE WHEN c.id % 10 = 7 AND c.id % 20 > 10 THEN NULL ELSE f.name END, l.name, c.id % 50 <> 49
FROM (SELECT id, (ARRAY[0,0,0,0,0,0,1,1,1,1,2,2,2,3,3,4,4,5,5,6,7,7,8,9,10])[1 + (25 * pg_temp.dice(id, 1))::int % 25] AS language
	  FROM generate_series(1, :n) id) c
JOIN size fs ON fs.language = c.language AND fs.kind = 'first'
JOIN size ls ON ls.language = c.language AND ls.kind = 'last'
JOIN name f ON f.language = c.language AND f.kind = 'first' AND f.rank = (fs.n * pg_temp.dice(c.id, 2) * pg_temp.dice(c.id, 3))::int % fs.n
JOIN name l ON l.language = c.language AND l.kind = 'last' AND l.rank = (ls.n * pg_temp.dice(c.id, 4) * pg_temp.dice(c.id, 8))::int % ls.n
ORDER BY c.id;

VACUUM ANALYZE agent_auth.customer;
