-- What the example shop has sold: 120 customers, 24 articles, 400 orders with
-- 900 lines, the same ones every time but for the salts of the passwords.
--
-- Everybody is made up: first and last names of twelve countries, combined by
-- arithmetic.  All addresses are under the domains that RFC 2606 reserves.  The
-- password of customer DE--1 is "DE--1 shops here", and so on.

\set ON_ERROR_STOP on

-- Names as written, and after a colon as spelt in an e-mail address.
CREATE TEMPORARY TABLE name ON COMMIT DROP AS
SELECT l.country, l.kind, n.rank - 1 AS rank, split_part(n.pair, ':', 1) AS name,
	lower(coalesce(nullif(split_part(n.pair, ':', 2), ''), n.pair)) AS ascii
FROM (VALUES
	('DE', 'first', 'Anna Jonas Greta Lukas Frieda Emil Jürgen:juergen Oskar Käthe:kaethe Theo'),
	('DE', 'last', 'Schäfer:schaefer Brandt Lindner Vogel Krüger:krueger Busch Winter Jäger:jaeger Sommer Groß:gross'),
	('FR', 'first', 'Camille Hugo Chloé:chloe Louis Hélène:helene Noël:noel Inès:ines Gaspard Zoé:zoe Anaïs:anais'),
	('FR', 'last', 'Moreau Lefèvre:lefevre Petit Girard Béranger:beranger Fontaine Roux Lemaître:lemaitre Blanchard Chevalier'),
	('PL', 'first', 'Zofia Jan Małgorzata:malgorzata Paweł:pawel Agnieszka Łukasz:lukasz Hanna Stanisław:stanislaw Żaneta:zaneta Piotr'),
	('PL', 'last', 'Nowak Wójcik:wojcik Zając:zajac Mazur Woźniak:wozniak Kaczmarek Sikora Głowacki:glowacki Duda Kozioł:koziol'),
	('ES', 'first', 'Lucía:lucia Mateo Inés:ines Álvaro:alvaro Carmen Iker Begoña:begona Hugo Sofía:sofia Andrés:andres'),
	('ES', 'last', 'Ibáñez:ibanez Romero Núñez:nunez Castro Peña:pena Vidal Ortega Muñoz:munoz Serrano Gil'),
	('TR', 'first', 'Ayşe:ayse Mehmet Zeynep Hüseyin:huseyin Elif İbrahim:ibrahim Işık:isik Kerem Özlem:ozlem Emre'),
	('TR', 'last', 'Yıldız:yildiz Kaya Şahin:sahin Demir Öztürk:ozturk Aydın:aydin Çelik:celik Arslan Doğan:dogan Koç:koc'),
	('SE', 'first', 'Astrid Nils Åsa:asa Björn:bjorn Ebba Gustav Märta:marta Östen:osten Linnea Axel'),
	('SE', 'last', 'Lindqvist Åberg:aberg Sjöström:sjostrom Nyberg Öberg:oberg Ekman Sandström:sandstrom Holm Lundgren Björk:bjork'),
	('GR', 'first', 'Ελένη:eleni Γιώργος:giorgos Μαρία:maria Νίκος:nikos Σοφία:sofia Κώστας:kostas Άννα:anna Δημήτρης:dimitris Ειρήνη:irini Πέτρος:petros'),
	('GR', 'last', 'Βλάχος:vlachos Νικολάου:nikolaou Γεωργίου:georgiou Ιωάννου:ioannou Μακρής:makris Δήμου:dimou Ράπτης:raptis Σταύρου:stavrou Φωτίου:fotiou Ζήσης:zisis'),
	('UA', 'first', 'Олена:olena Андрій:andrii Оксана:oksana Тарас:taras Ірина:iryna Богдан:bohdan Юлія:yuliia Максим:maksym Софія:sofiia Єва:yeva'),
	('UA', 'last', 'Коваленко:kovalenko Бондар:bondar Ткач:tkach Мельник:melnyk Кравець:kravets Лисенко:lysenko Гнатюк:hnatiuk Їжак:yizhak Поліщук:polishchuk Щерба:shcherba'),
	('JP', 'first', 'さくら:sakura 翔太:shota 陽菜:hina 大輔:daisuke ゆい:yui 健太:kenta 結衣:yui タケシ:takeshi 美咲:misaki 蓮:ren'),
	('JP', 'last', '佐藤:sato 鈴木:suzuki 高橋:takahashi 渡辺:watanabe 伊藤:ito 中村:nakamura 小林:kobayashi 松本:matsumoto 清水:shimizu 森:mori'),
	('CN', 'first', '芳:fang 伟:wei 秀英:xiuying 磊:lei 静:jing 小明:xiaoming 丽:li 强:qiang 洋:yang 敏:min'),
	('CN', 'last', '王:wang 李:li 张:zhang 刘:liu 陈:chen 杨:yang 黄:huang 周:zhou 吴:wu 欧阳:ouyang'),
	('IN', 'first', 'प्रिया:priya राज:raj नेहा:neha अमित:amit अनीता:anita संजय:sanjay पूजा:pooja विजय:vijay मीरा:meera अर्जुन:arjun'),
	('IN', 'last', 'शर्मा:sharma वर्मा:verma गुप्ता:gupta पटेल:patel जोशी:joshi मेहता:mehta राव:rao नायर:nair मिश्रा:mishra यादव:yadav'),
	('JO', 'first', 'ليلى:layla يوسف:yusuf مريم:maryam أحمد:ahmed سلمى:salma عمر:omar هند:hind كريم:karim نور:nour زيد:zaid'),
	('JO', 'last', 'حداد:haddad خوري:khoury نجار:najjar المصري:almasri درويش:darwish سالم:salem عيسى:issa منصور:mansour صباغ:sabbagh قاسم:qasim')
) l(country, kind, names), LATERAL unnest(string_to_array(l.names, ' ')) WITH ORDINALITY n(pair, rank);

-- Ten of each country, no two of one name.  Some have told no first name; some
-- want no help.
INSERT INTO shop.customers (customer_reference, email, first_name, last_name, assistable, password_hash)
SELECT c.reference, f.ascii || '.' || l.ascii || '@' || (ARRAY['example.com', 'example.org', 'example.net'])[1 + c.n % 3],
	CASE WHEN c.n % 30 <> 13 THEN f.name END, l.name, c.n % 20 <> 7,
	shop.hash_password(c.reference || ' shops here')
FROM (SELECT n, country, country || '--' || n AS reference
	  FROM generate_series(1, 120) n,
	  LATERAL (SELECT (ARRAY['DE', 'FR', 'PL', 'ES', 'TR', 'SE', 'GR', 'UA', 'JP', 'CN', 'IN', 'JO'])[1 + (n - 1) / 10] AS country) x) c
JOIN name f ON f.country = c.country AND f.kind = 'first' AND f.rank = (c.n - 1) % 10
JOIN name l ON l.country = c.country AND l.kind = 'last' AND l.rank = (c.n - 1) * 3 % 10
ORDER BY c.n;

INSERT INTO shop.articles (name, price) VALUES
	('Baking tin', 14.90), ('Bread knife', 24.50), ('Candle, beeswax', 7.20),
	('Chopping board, oak', 32.00), ('Coffee mill', 58.00), ('Colander', 18.40),
	('Cork coasters, six', 9.80), ('Cup, stoneware', 12.50), ('Door mat', 27.90),
	('Enamel bowl', 11.60), ('Flower pot', 8.30), ('Frying pan, 26 cm', 46.00),
	('Kitchen scales', 39.90), ('Linen tea towel', 10.40), ('Milk jug', 16.70),
	('Oven glove', 13.20), ('Pepper mill', 29.00), ('Picture frame', 15.50),
	('Reading lamp', 64.00), ('Salt cellar', 6.90), ('Tea kettle', 42.00),
	('Teapot, glass', 34.80), ('Wall clock', 49.50), ('Wooden spoon', 4.20);

-- One order every twenty hours or so; a few customers order much more than most.
INSERT INTO shop.orders (customer_reference, placed_at, status, note, total)
SELECT c.customer_reference,
	timestamptz '2025-01-02 08:15:00+00' + n * interval '20 hours' + n * 37 % 600 * interval '1 minute',
	CASE WHEN n > 395 THEN 'placed' WHEN n > 388 THEN 'paid' WHEN n > 376 THEN 'shipped' WHEN n % 23 = 0 THEN 'returned' ELSE 'delivered' END,
	CASE n % 16 WHEN 3 THEN 'Please ring twice.' WHEN 9 THEN 'A gift: no invoice in the parcel.' WHEN 14 THEN 'Leave it with the neighbours.' END,
	0
FROM generate_series(1, 400) n
JOIN (SELECT customer_reference, row_number() OVER (ORDER BY id) AS number FROM shop.customers) c
	ON c.number = 1 + floor(120 * power(n * 613 % 997 / 997.0, 1.5))
ORDER BY n;

-- One to three lines an order, 900 in all: no article twice, as 5 times 2 is
-- less than the number of articles.
INSERT INTO shop.order_items (order_id, article, quantity, price)
SELECT o.id, a.name, 1 + (o.n * 3 + line * 5) % 7 / 3, a.price
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM shop.orders) o,
	generate_series(0, (ARRAY[0, 1, 2, 2])[1 + o.n % 4]) line
JOIN LATERAL (SELECT name, price FROM shop.articles ORDER BY name OFFSET (o.n * 11 + line * 5) % 24 LIMIT 1) a ON true;

UPDATE shop.orders o SET total = i.total
FROM (SELECT order_id, sum(quantity * price) AS total FROM shop.order_items GROUP BY order_id) i
WHERE i.order_id = o.id;

DROP TABLE name;

ANALYZE shop.customers, shop.articles, shop.orders, shop.order_items;
