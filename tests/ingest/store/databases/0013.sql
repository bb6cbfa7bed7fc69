-- A database of schema 0013 with a small town in it, as it was on 2026-11-26; never to be changed.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0013');
CREATE TABLE areas (
	area_id TEXT NOT NULL, 
	parent_id TEXT, 
	level TEXT NOT NULL, 
	name_zh TEXT NOT NULL, 
	name_en TEXT NOT NULL, 
	path TEXT NOT NULL, 
	CONSTRAINT pk_areas PRIMARY KEY (area_id), 
	CONSTRAINT fk_areas_parent_id FOREIGN KEY(parent_id) REFERENCES areas (area_id), 
	CONSTRAINT uq_areas_path UNIQUE (path)
);
INSERT INTO "areas" VALUES('hs',NULL,'district','海曙区','Haishu','/hs/');
INSERT INTO "areas" VALUES('jb',NULL,'district','江北区','Jiangbei','/jb/');
INSERT INTO "areas" VALUES('str','hs','street','一街','Street','/hs/str/');
INSERT INTO "areas" VALUES('com','str','community','一社区','Community','/hs/str/com/');
INSERT INTO "areas" VALUES('c1','com','compound','一小区','Compound 1','/hs/str/com/c1/');
INSERT INTO "areas" VALUES('c2','com','compound','二小区','Compound 2','/hs/str/com/c2/');
CREATE TABLE attachments (
	attachment_id TEXT NOT NULL, 
	ticket_id TEXT NOT NULL, 
	author TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	media_type TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT pk_attachments PRIMARY KEY (attachment_id), 
	CONSTRAINT fk_attachments_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (ticket_id), 
	CONSTRAINT fk_attachments_author FOREIGN KEY(author) REFERENCES people (person_id)
);
CREATE TABLE audit_log (
	id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	actor TEXT, 
	event TEXT NOT NULL, 
	subject TEXT, 
	detail_json TEXT NOT NULL, 
	CONSTRAINT pk_audit_log PRIMARY KEY (id)
);
CREATE TABLE away (
	entry_id TEXT NOT NULL, 
	home_id TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	until BIGINT, 
	said_by TEXT NOT NULL, 
	revoked BOOLEAN DEFAULT (false) NOT NULL, 
	recorded_by TEXT, 
	recorded_at BIGINT NOT NULL, way TEXT DEFAULT 'unknown' NOT NULL, revoked_by TEXT, ended_at BIGINT, check_at BIGINT, overdue_at BIGINT, 
	CONSTRAINT pk_away PRIMARY KEY (entry_id), 
	CONSTRAINT fk_away_home_id FOREIGN KEY(home_id) REFERENCES homes (home_id), 
	CONSTRAINT fk_away_recorded_by FOREIGN KEY(recorded_by) REFERENCES people (person_id)
);
CREATE TABLE calendar_years (
	year INTEGER NOT NULL, 
	official BOOLEAN NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	CONSTRAINT pk_calendar_years PRIMARY KEY (year)
);
CREATE TABLE canaries (
	gateway_id TEXT NOT NULL, 
	canary_id TEXT NOT NULL, 
	sensed_at BIGINT NOT NULL, 
	arrived_at BIGINT NOT NULL, 
	waited_s FLOAT NOT NULL, 
	status TEXT NOT NULL, 
	leased_until BIGINT, 
	delivered_at BIGINT, 
	last_error TEXT, 
	CONSTRAINT pk_canaries PRIMARY KEY (gateway_id, canary_id), 
	CONSTRAINT fk_canaries_gateway_id FOREIGN KEY(gateway_id) REFERENCES gateways (gateway_id), 
	CONSTRAINT ck_canaries_status_known CHECK (status IN ('arrived','delivered','failed'))
);
CREATE TABLE changes (
	id INTEGER NOT NULL, 
	number BIGINT NOT NULL, 
	CONSTRAINT pk_changes PRIMARY KEY (id), 
	CONSTRAINT ck_changes_one_row CHECK (id = 1)
);
INSERT INTO "changes" VALUES(1,5);
CREATE TABLE check_ins (
	ticket_id TEXT NOT NULL, 
	person_id TEXT NOT NULL, 
	due_at BIGINT, 
	asked INTEGER DEFAULT 0 NOT NULL, 
	told BOOLEAN DEFAULT false NOT NULL, 
	CONSTRAINT pk_check_ins PRIMARY KEY (ticket_id), 
	CONSTRAINT fk_check_ins_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (ticket_id), 
	CONSTRAINT fk_check_ins_person_id FOREIGN KEY(person_id) REFERENCES people (person_id)
);
CREATE TABLE contact_faults (
	person_id TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	address TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	times INTEGER NOT NULL, 
	first_at BIGINT NOT NULL, 
	last_at BIGINT NOT NULL, 
	settled_at BIGINT, 
	CONSTRAINT pk_contact_faults PRIMARY KEY (person_id, channel, address), 
	CONSTRAINT fk_contact_faults_person_id FOREIGN KEY(person_id) REFERENCES people (person_id)
);
CREATE TABLE contacts (
	person_id TEXT NOT NULL, 
	home_id TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	relation TEXT, 
	holds_key BOOLEAN NOT NULL, 
	CONSTRAINT pk_contacts PRIMARY KEY (person_id), 
	CONSTRAINT fk_contacts_person_id FOREIGN KEY(person_id) REFERENCES people (person_id), 
	CONSTRAINT fk_contacts_home_id FOREIGN KEY(home_id) REFERENCES homes (home_id)
);
CREATE TABLE district_priors (
	area_id TEXT NOT NULL, 
	homes INTEGER NOT NULL, 
	prior_json TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_district_priors PRIMARY KEY (area_id), 
	CONSTRAINT fk_district_priors_area_id FOREIGN KEY(area_id) REFERENCES areas (area_id)
);
CREATE TABLE episodes (
	gateway_id TEXT NOT NULL, 
	episode TEXT NOT NULL, 
	last_number INTEGER NOT NULL, 
	cleared BOOLEAN NOT NULL, 
	ticket_id TEXT, 
	CONSTRAINT pk_episodes PRIMARY KEY (gateway_id, episode), 
	CONSTRAINT fk_episodes_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (ticket_id)
);
INSERT INTO "episodes" VALUES('gw-1','e-1',0,0,'t-3awvj69f');
INSERT INTO "episodes" VALUES('gw-1','e-2',0,0,'t-j6kpb5ag');
CREATE TABLE family_consents (
	consent_id TEXT NOT NULL, 
	home_id TEXT NOT NULL, 
	contact_id TEXT NOT NULL, 
	updates BOOLEAN NOT NULL, 
	morning BOOLEAN NOT NULL, 
	may_tell_away BOOLEAN NOT NULL, 
	morning_by TEXT, 
	given_by TEXT NOT NULL, 
	way TEXT NOT NULL, 
	given_at BIGINT NOT NULL, 
	recorded_by TEXT NOT NULL, 
	ended_at BIGINT, 
	ended_by TEXT, 
	look_at BIGINT, 
	said_on TEXT, 
	said TEXT, 
	CONSTRAINT pk_family_consents PRIMARY KEY (consent_id), 
	CONSTRAINT fk_family_consents_home_id FOREIGN KEY(home_id) REFERENCES homes (home_id), 
	CONSTRAINT fk_family_consents_contact_id FOREIGN KEY(contact_id) REFERENCES people (person_id), 
	CONSTRAINT fk_family_consents_recorded_by FOREIGN KEY(recorded_by) REFERENCES people (person_id), 
	CONSTRAINT fk_family_consents_ended_by FOREIGN KEY(ended_by) REFERENCES people (person_id), 
	CONSTRAINT ck_family_consents_morning_has_an_hour CHECK (NOT morning OR morning_by IS NOT NULL), 
	CONSTRAINT ck_family_consents_given_by_somebody CHECK (given_by <> '')
);
CREATE TABLE family_letters (
	letter_id TEXT NOT NULL, 
	consent_id TEXT NOT NULL, 
	person_id TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	channel TEXT NOT NULL, 
	address TEXT NOT NULL, 
	title TEXT NOT NULL, 
	text TEXT NOT NULL, 
	link TEXT, 
	language TEXT NOT NULL, 
	idem_key TEXT NOT NULL, 
	status TEXT NOT NULL, 
	not_before BIGINT NOT NULL, 
	not_after BIGINT NOT NULL, 
	leased_until BIGINT, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	last_error TEXT, 
	vendor_id TEXT, 
	created_at BIGINT NOT NULL, 
	delivered_at BIGINT, 
	CONSTRAINT pk_family_letters PRIMARY KEY (letter_id), 
	CONSTRAINT fk_family_letters_consent_id FOREIGN KEY(consent_id) REFERENCES family_consents (consent_id), 
	CONSTRAINT fk_family_letters_person_id FOREIGN KEY(person_id) REFERENCES people (person_id), 
	CONSTRAINT uq_family_letters_idem_key UNIQUE (idem_key), 
	CONSTRAINT ck_family_letters_status_known CHECK (status IN ('pending','leased','delivered','rejected','cancelled'))
);
CREATE TABLE flags (
	gateway_id TEXT NOT NULL, 
	flag_id TEXT NOT NULL, 
	message_id TEXT NOT NULL, 
	episode TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	home_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	severity TEXT NOT NULL, 
	event TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	since BIGINT NOT NULL, 
	score FLOAT NOT NULL, 
	reason TEXT NOT NULL, 
	text_zh TEXT NOT NULL, 
	text_en TEXT NOT NULL, 
	facts_json TEXT NOT NULL, 
	ticket_id TEXT, 
	received_at BIGINT NOT NULL, waited_s FLOAT DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_flags PRIMARY KEY (gateway_id, flag_id), 
	CONSTRAINT fk_flags_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (ticket_id)
);
INSERT INTO "flags" VALUES('gw-1','e-1.0','m-1','e-1',0,'h-1','smoke','critical','raised',1795406400000,1795406340000,1.0,'smoke_alarm','烟雾探测器报警。','The smoke detector sounds.','{"device":"s-1"}','t-3awvj69f',1795406400000,0.0);
INSERT INTO "flags" VALUES('gw-1','e-2.0','m-2','e-2',0,'h-2','smoke','critical','raised',1795406400000,1795406340000,1.0,'smoke_alarm','烟雾探测器报警。','The smoke detector sounds.','{"device":"s-1"}','t-j6kpb5ag',1795406700000,0.0);
CREATE TABLE forwarders (
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	wants_json TEXT NOT NULL, 
	active BOOLEAN DEFAULT true NOT NULL, 
	failing_since BIGINT, 
	last_error TEXT, 
	last_done_at BIGINT, 
	CONSTRAINT pk_forwarders PRIMARY KEY (name)
);
CREATE TABLE forwards (
	id INTEGER NOT NULL, 
	forwarder TEXT NOT NULL, 
	ticket_id TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	urgent BOOLEAN NOT NULL, 
	content_json TEXT NOT NULL, 
	status TEXT NOT NULL, 
	not_before BIGINT NOT NULL, 
	leased_until BIGINT, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	last_error TEXT, 
	created_at BIGINT NOT NULL, 
	done_at BIGINT, 
	CONSTRAINT pk_forwards PRIMARY KEY (id), 
	CONSTRAINT fk_forwards_forwarder FOREIGN KEY(forwarder) REFERENCES forwarders (name), 
	CONSTRAINT fk_forwards_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (ticket_id), 
	CONSTRAINT uq_forwards_event UNIQUE (forwarder, ticket_id, number), 
	CONSTRAINT ck_forwards_status_known CHECK (status IN ('pending','leased','done','refused','given_up'))
);
CREATE TABLE gateways (
	gateway_id TEXT NOT NULL, 
	area_id TEXT NOT NULL, 
	key_generation INTEGER DEFAULT 1 NOT NULL, 
	last_heartbeat_at BIGINT, 
	heartbeat_sent_at BIGINT, 
	heartbeat_json TEXT, 
	heartbeat_due_at BIGINT, canary_since BIGINT, 
	CONSTRAINT pk_gateways PRIMARY KEY (gateway_id), 
	CONSTRAINT fk_gateways_area_id FOREIGN KEY(area_id) REFERENCES areas (area_id)
);
INSERT INTO "gateways" VALUES('gw-1','c1',1,1795406760000,1795406400000,'{"version":"1","started_at":"2026-11-23T04:00:00Z","interval_s":60,"outbox_waiting":0,"outbox_oldest_s":0.0,"clock_trusted":true,"troubles":[],"devices":[],"homes":[],"ledger":"","settings":"","canary_every_s":86400.0,"canary":null}',1795406940000,1795406760000);
INSERT INTO "gateways" VALUES('gw-2','c2',1,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE habit_counts (
	gateway_id TEXT NOT NULL, 
	week TEXT NOT NULL, 
	homes INTEGER NOT NULL, 
	cells_json TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_habit_counts PRIMARY KEY (gateway_id, week), 
	CONSTRAINT fk_habit_counts_gateway_id FOREIGN KEY(gateway_id) REFERENCES gateways (gateway_id)
);
CREATE TABLE home_states (
	home_id TEXT NOT NULL, 
	gateway_id TEXT NOT NULL, 
	watch TEXT NOT NULL, 
	last_sign_at BIGINT, 
	noticed_by BIGINT, 
	blind_since BIGINT, 
	sent_at BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_home_states PRIMARY KEY (home_id), 
	CONSTRAINT fk_home_states_home_id FOREIGN KEY(home_id) REFERENCES homes (home_id), 
	CONSTRAINT ck_home_states_watch_known CHECK (watch IN ('watched','away','blind'))
);
CREATE TABLE homes (
	home_id TEXT NOT NULL, 
	area_id TEXT NOT NULL, 
	gateway_id TEXT, 
	label TEXT NOT NULL, 
	resident TEXT, 
	phone TEXT, 
	timezone TEXT NOT NULL, way TEXT, 
	CONSTRAINT pk_homes PRIMARY KEY (home_id), 
	CONSTRAINT fk_homes_area_id FOREIGN KEY(area_id) REFERENCES areas (area_id), 
	CONSTRAINT fk_homes_gateway_id FOREIGN KEY(gateway_id) REFERENCES gateways (gateway_id)
);
INSERT INTO "homes" VALUES('h-1','c1','gw-1','1-1',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-2','c1','gw-1','1-2',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-3','c1','gw-1','1-3',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-4','c1','gw-1','1-4',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-5','c1','gw-1','1-5',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-6','c1','gw-1','1-6',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-7','c1','gw-1','1-7',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-8','c1','gw-1','1-8',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-9','c1','gw-1','1-9',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-10','c1','gw-1','1-10',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-11','c1','gw-1','1-11',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-12','c1','gw-1','1-12',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-13','c1','gw-1','1-13',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-14','c1','gw-1','1-14',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-15','c1','gw-1','1-15',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-16','c1','gw-1','1-16',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-17','c1','gw-1','1-17',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-18','c1','gw-1','1-18',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-19','c1','gw-1','1-19',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('h-20','c1','gw-1','1-20',NULL,NULL,'Asia/Shanghai',NULL);
INSERT INTO "homes" VALUES('k-1','c2','gw-2','2-1',NULL,NULL,'Asia/Shanghai',NULL);
CREATE TABLE house_links (
	link_id TEXT NOT NULL, 
	home_id TEXT NOT NULL, 
	person_id TEXT NOT NULL, 
	made_by TEXT, 
	made_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	CONSTRAINT pk_house_links PRIMARY KEY (link_id), 
	CONSTRAINT fk_house_links_home_id FOREIGN KEY(home_id) REFERENCES homes (home_id), 
	CONSTRAINT fk_house_links_person_id FOREIGN KEY(person_id) REFERENCES people (person_id), 
	CONSTRAINT fk_house_links_made_by FOREIGN KEY(made_by) REFERENCES people (person_id)
);
CREATE TABLE inbox (
	gateway_id TEXT NOT NULL, 
	message_id TEXT NOT NULL, 
	boot_id TEXT NOT NULL, 
	seq BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	received_at BIGINT NOT NULL, 
	status TEXT NOT NULL, 
	detail TEXT DEFAULT ('') NOT NULL, 
	envelope BLOB NOT NULL, 
	CONSTRAINT pk_inbox PRIMARY KEY (gateway_id, message_id)
);
INSERT INTO "inbox" VALUES('gw-1','m-1','boot-1',1,'flag',1795406400000,'stored','',X'7B226D6573736167655F6964223A226D2D31222C22676174657761795F6964223A2267772D31222C22626F6F745F6964223A22626F6F742D31222C22736571223A312C2273656E745F6174223A22323032362D31312D32335430343A30303A30305A222C226B696E64223A22666C6167222C22626F6479223A7B22666C61675F6964223A22652D312E30222C22657069736F6465223A22652D31222C226E756D626572223A302C22686F6D65223A22682D31222C226B696E64223A22736D6F6B65222C227365766572697479223A22637269746963616C222C226576656E74223A22726169736564222C226174223A22323032362D31312D32335430343A30303A30305A222C2273696E6365223A22323032362D31312D32335430333A35393A30305A222C2273636F7265223A312E302C22726561736F6E223A22736D6F6B655F616C61726D222C22746578745F7A68223A22E7839FE99BBEE68EA2E6B58BE599A8E68AA5E8ADA6E38082222C22746578745F656E223A2254686520736D6F6B65206465746563746F7220736F756E64732E222C226661637473223A7B22646576696365223A22732D31227D2C227761697465645F73223A302E302C226F766572223A66616C73657D2C22736368656D61223A317D');
INSERT INTO "inbox" VALUES('gw-1','m-2','boot-1',2,'flag',1795406700000,'stored','',X'7B226D6573736167655F6964223A226D2D32222C22676174657761795F6964223A2267772D31222C22626F6F745F6964223A22626F6F742D31222C22736571223A322C2273656E745F6174223A22323032362D31312D32335430343A30303A30305A222C226B696E64223A22666C6167222C22626F6479223A7B22666C61675F6964223A22652D322E30222C22657069736F6465223A22652D32222C226E756D626572223A302C22686F6D65223A22682D32222C226B696E64223A22736D6F6B65222C227365766572697479223A22637269746963616C222C226576656E74223A22726169736564222C226174223A22323032362D31312D32335430343A30303A30305A222C2273696E6365223A22323032362D31312D32335430333A35393A30305A222C2273636F7265223A312E302C22726561736F6E223A22736D6F6B655F616C61726D222C22746578745F7A68223A22E7839FE99BBEE68EA2E6B58BE599A8E68AA5E8ADA6E38082222C22746578745F656E223A2254686520736D6F6B65206465746563746F7220736F756E64732E222C226661637473223A7B22646576696365223A22732D31227D2C227761697465645F73223A302E302C226F766572223A66616C73657D2C22736368656D61223A317D');
INSERT INTO "inbox" VALUES('gw-1','m-3','boot-1',3,'heartbeat',1795406760000,'stored','',X'7B226D6573736167655F6964223A226D2D33222C22676174657761795F6964223A2267772D31222C22626F6F745F6964223A22626F6F742D31222C22736571223A332C2273656E745F6174223A22323032362D31312D32335430343A30303A30305A222C226B696E64223A22686561727462656174222C22626F6479223A7B2276657273696F6E223A2231222C22737461727465645F6174223A22323032362D31312D32335430343A30303A30305A222C22696E74657276616C5F73223A36302C226F7574626F785F77616974696E67223A302C226F7574626F785F6F6C646573745F73223A302E302C22636C6F636B5F74727573746564223A747275652C2274726F75626C6573223A5B5D2C2264657669636573223A5B5D2C22686F6D6573223A5B5D2C226C6564676572223A22222C2273657474696E6773223A22222C2263616E6172795F65766572795F73223A38363430302E302C2263616E617279223A6E756C6C7D2C22736368656D61223A317D');
INSERT INTO "inbox" VALUES('gw-1','m-4','boot-1',4,'told_locally',1795406760000,'stored','',X'7B226D6573736167655F6964223A226D2D34222C22676174657761795F6964223A2267772D31222C22626F6F745F6964223A22626F6F742D31222C22736571223A342C2273656E745F6174223A22323032362D31312D32335430343A30303A30305A222C226B696E64223A22746F6C645F6C6F63616C6C79222C22626F6479223A7B22657069736F6465223A22652D32222C22686F6D65223A22682D32222C226B696E64223A22736D6F6B65222C2274656C6C696E6773223A5B7B22776179223A226D6F64656D222C22706572736F6E223A2276657261222C226174223A22323032362D31312D32335430343A30303A30305A227D5D2C2261636365707465645F6279223A22222C2261636365707465645F6174223A6E756C6C7D2C22736368656D61223A317D');
CREATE TABLE influx_spool (
	id INTEGER NOT NULL, 
	line TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_influx_spool PRIMARY KEY (id)
);
CREATE TABLE late_answers (
	ticket_id TEXT NOT NULL, 
	limit_s INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	answered_at BIGINT, 
	cause TEXT, 
	explained_by TEXT, 
	CONSTRAINT pk_late_answers PRIMARY KEY (ticket_id, limit_s), 
	CONSTRAINT fk_late_answers_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (ticket_id), 
	CONSTRAINT fk_late_answers_explained_by FOREIGN KEY(explained_by) REFERENCES people (person_id)
);
CREATE TABLE ledger_mail (
	gateway_id TEXT NOT NULL, 
	due_at BIGINT, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	confirmed TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_ledger_mail PRIMARY KEY (gateway_id), 
	CONSTRAINT fk_ledger_mail_gateway_id FOREIGN KEY(gateway_id) REFERENCES gateways (gateway_id)
);
CREATE TABLE line_moves (
	id INTEGER NOT NULL, 
	home_id TEXT NOT NULL, 
	rule TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	"before" FLOAT NOT NULL, 
	"after" FLOAT NOT NULL, 
	needed INTEGER NOT NULL, 
	needless INTEGER NOT NULL, 
	ticket_id TEXT, 
	CONSTRAINT pk_line_moves PRIMARY KEY (id), 
	CONSTRAINT fk_line_moves_home_id FOREIGN KEY(home_id) REFERENCES homes (home_id), 
	CONSTRAINT fk_line_moves_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (ticket_id)
);
CREATE TABLE link_uses (
	id INTEGER NOT NULL, 
	ticket_id TEXT NOT NULL, 
	person_id TEXT NOT NULL, 
	event TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_link_uses PRIMARY KEY (id), 
	CONSTRAINT fk_link_uses_person_id FOREIGN KEY(person_id) REFERENCES people (person_id), 
	CONSTRAINT fk_link_uses_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (ticket_id)
);
CREATE TABLE local_tellings (
	gateway_id TEXT NOT NULL, 
	episode TEXT NOT NULL, 
	tellings_json TEXT NOT NULL, 
	accepted_by TEXT, 
	accepted_at BIGINT, 
	received_at BIGINT NOT NULL, 
	CONSTRAINT pk_local_tellings PRIMARY KEY (gateway_id, episode), 
	CONSTRAINT fk_local_tellings_gateway_id FOREIGN KEY(gateway_id) REFERENCES gateways (gateway_id)
);
INSERT INTO "local_tellings" VALUES('gw-1','e-2','[["modem","vera",1795406400000]]',NULL,NULL,1795406760000);
CREATE TABLE notice_receipts (
	notice_id TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	vendor_id TEXT NOT NULL, 
	state TEXT NOT NULL, 
	due_at BIGINT, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_notice_receipts PRIMARY KEY (notice_id), 
	CONSTRAINT fk_notice_receipts_notice_id FOREIGN KEY(notice_id) REFERENCES notices (notice_id), 
	CONSTRAINT ck_notice_receipts_state_known CHECK (state IN ('awaited','delivered','failed','given_up'))
);
CREATE TABLE notices (
	notice_id TEXT NOT NULL, 
	ticket_id TEXT NOT NULL, 
	person_id TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	channel TEXT NOT NULL, 
	address TEXT NOT NULL, 
	title TEXT NOT NULL, 
	text TEXT NOT NULL, 
	link TEXT, 
	language TEXT NOT NULL, 
	urgent BOOLEAN NOT NULL, 
	idem_key TEXT NOT NULL, 
	status TEXT NOT NULL, 
	not_before BIGINT NOT NULL, 
	leased_until BIGINT, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	last_error TEXT, 
	vendor_id TEXT, 
	created_at BIGINT NOT NULL, 
	delivered_at BIGINT, 
	CONSTRAINT pk_notices PRIMARY KEY (notice_id), 
	CONSTRAINT ck_notices_status_known CHECK (status IN ('pending','leased','delivered','rejected','cancelled')), 
	CONSTRAINT fk_notices_person_id FOREIGN KEY(person_id) REFERENCES people (person_id), 
	CONSTRAINT fk_notices_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (ticket_id), 
	CONSTRAINT uq_notices_idem_key UNIQUE (idem_key)
);
INSERT INTO "notices" VALUES('n-6aacf60354732f2d2638163f','t-3awvj69f','vera','asked',0,'sms','+8613800000000','[Critical] smoke alarm: 1-1','Critical: smoke alarm, 1-1. The smoke detector sounds. Open: http://console.test/go/WyJ0LTNhd3ZqNjlmIiwidmVyYSIsMTc5NTY2NTYwMF0.s5N6z9m5PP7OmD1L3hncuO7ri1I','http://console.test/go/WyJ0LTNhd3ZqNjlmIiwidmVyYSIsMTc5NTY2NTYwMF0.s5N6z9m5PP7OmD1L3hncuO7ri1I','en',1,'t-3awvj69f.1.vera.0','cancelled',1795406400000,NULL,0,NULL,NULL,1795406400000,NULL);
INSERT INTO "notices" VALUES('n-a5e31f91a6d1cba0d8835010','t-3awvj69f','viktor','asked',0,'sms','+8613800000001','[Critical] smoke alarm: 1-1','Critical: smoke alarm, 1-1. The smoke detector sounds. Open: http://console.test/go/WyJ0LTNhd3ZqNjlmIiwidmlrdG9yIiwxNzk1NjY1NjAwXQ.JL5nb-to6kngGs4Bc0FI75YQfKA','http://console.test/go/WyJ0LTNhd3ZqNjlmIiwidmlrdG9yIiwxNzk1NjY1NjAwXQ.JL5nb-to6kngGs4Bc0FI75YQfKA','en',1,'t-3awvj69f.1.viktor.0','cancelled',1795406400000,NULL,0,NULL,NULL,1795406400000,NULL);
INSERT INTO "notices" VALUES('n-b91ceac6d974d5479ef66b4e','t-j6kpb5ag','vera','asked',0,'sms','+8613800000000','[Critical] smoke alarm: 1-2','Critical: smoke alarm, 1-2. The smoke detector sounds. Open: http://console.test/go/WyJ0LWo2a3BiNWFnIiwidmVyYSIsMTc5NTY2NTkwMF0.93jCOTqFxl-k2-22XPSuDZ2MUDs','http://console.test/go/WyJ0LWo2a3BiNWFnIiwidmVyYSIsMTc5NTY2NTkwMF0.93jCOTqFxl-k2-22XPSuDZ2MUDs','en',1,'t-j6kpb5ag.1.vera.0','cancelled',1795406700000,NULL,0,NULL,NULL,1795406700000,NULL);
INSERT INTO "notices" VALUES('n-20bc84d3c1b1979bc75c3a6f','t-j6kpb5ag','viktor','asked',0,'sms','+8613800000001','[Critical] smoke alarm: 1-2','Critical: smoke alarm, 1-2. The smoke detector sounds. Open: http://console.test/go/WyJ0LWo2a3BiNWFnIiwidmlrdG9yIiwxNzk1NjY1OTAwXQ.VJMNoHzOSyjf7N6v2o9-k46N7Yc','http://console.test/go/WyJ0LWo2a3BiNWFnIiwidmlrdG9yIiwxNzk1NjY1OTAwXQ.VJMNoHzOSyjf7N6v2o9-k46N7Yc','en',1,'t-j6kpb5ag.1.viktor.0','pending',1795406700000,NULL,0,NULL,NULL,1795406700000,NULL);
CREATE TABLE open_shifts (
	shift_id TEXT NOT NULL, 
	roster_id TEXT NOT NULL, 
	starts BIGINT NOT NULL, 
	ends BIGINT NOT NULL, 
	places INTEGER NOT NULL, instead_of TEXT, 
	CONSTRAINT pk_open_shifts PRIMARY KEY (shift_id), 
	CONSTRAINT fk_open_shifts_roster_id FOREIGN KEY(roster_id) REFERENCES rosters (roster_id), 
	CONSTRAINT ck_open_shifts_ends_later CHECK (starts < ends)
);
CREATE TABLE pauses (
	pause_id TEXT NOT NULL, 
	home_id TEXT NOT NULL, 
	person_id TEXT NOT NULL, 
	silence_id TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	ended_at BIGINT, 
	CONSTRAINT pk_pauses PRIMARY KEY (pause_id), 
	CONSTRAINT fk_pauses_home_id FOREIGN KEY(home_id) REFERENCES homes (home_id), 
	CONSTRAINT fk_pauses_person_id FOREIGN KEY(person_id) REFERENCES people (person_id), 
	CONSTRAINT fk_pauses_silence_id FOREIGN KEY(silence_id) REFERENCES silences (silence_id), 
	CONSTRAINT ck_pauses_ends_later CHECK (since < until)
);
CREATE TABLE people (
	person_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	role TEXT NOT NULL, 
	area_id TEXT NOT NULL, 
	phone TEXT, 
	language TEXT DEFAULT 'zh' NOT NULL, 
	login TEXT, 
	password_hash TEXT, 
	active BOOLEAN DEFAULT (true) NOT NULL, 
	CONSTRAINT pk_people PRIMARY KEY (person_id), 
	CONSTRAINT fk_people_area_id FOREIGN KEY(area_id) REFERENCES areas (area_id), 
	CONSTRAINT uq_people_login UNIQUE (login)
);
INSERT INTO "people" VALUES('vera','Vera','volunteer','c1',NULL,'en',NULL,NULL,1);
INSERT INTO "people" VALUES('viktor','Viktor','volunteer','c1',NULL,'en',NULL,NULL,1);
INSERT INTO "people" VALUES('vanya','Vanya','volunteer','c2',NULL,'en',NULL,NULL,1);
INSERT INTO "people" VALUES('sun','Sun','social_worker','com',NULL,'en',NULL,NULL,1);
INSERT INTO "people" VALUES('sheng','Sheng','social_worker','str',NULL,'en',NULL,NULL,1);
INSERT INTO "people" VALUES('dong','Dong','dispatcher','hs',NULL,'en',NULL,NULL,1);
INSERT INTO "people" VALUES('ding','Ding','dispatcher','hs',NULL,'en',NULL,NULL,1);
INSERT INTO "people" VALUES('admin','Admin','administrator','hs',NULL,'en',NULL,NULL,1);
INSERT INTO "people" VALUES('other','Other','dispatcher','jb',NULL,'en',NULL,NULL,1);
CREATE TABLE person_channels (
	person_id TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	channel TEXT NOT NULL, 
	address TEXT NOT NULL, 
	CONSTRAINT pk_person_channels PRIMARY KEY (person_id, position), 
	CONSTRAINT fk_person_channels_person_id FOREIGN KEY(person_id) REFERENCES people (person_id)
);
INSERT INTO "person_channels" VALUES('vera',0,'sms','+8613800000000');
INSERT INTO "person_channels" VALUES('vera',1,'voice','+8613900000000');
INSERT INTO "person_channels" VALUES('viktor',0,'sms','+8613800000001');
INSERT INTO "person_channels" VALUES('viktor',1,'voice','+8613900000001');
INSERT INTO "person_channels" VALUES('vanya',0,'sms','+8613800000002');
INSERT INTO "person_channels" VALUES('vanya',1,'voice','+8613900000002');
INSERT INTO "person_channels" VALUES('sun',0,'sms','+8613800000003');
INSERT INTO "person_channels" VALUES('sun',1,'voice','+8613900000003');
INSERT INTO "person_channels" VALUES('sheng',0,'sms','+8613800000004');
INSERT INTO "person_channels" VALUES('sheng',1,'voice','+8613900000004');
INSERT INTO "person_channels" VALUES('dong',0,'sms','+8613800000005');
INSERT INTO "person_channels" VALUES('dong',1,'voice','+8613900000005');
INSERT INTO "person_channels" VALUES('ding',0,'sms','+8613800000006');
INSERT INTO "person_channels" VALUES('ding',1,'voice','+8613900000006');
INSERT INTO "person_channels" VALUES('admin',0,'sms','+8613800000007');
INSERT INTO "person_channels" VALUES('admin',1,'voice','+8613900000007');
INSERT INTO "person_channels" VALUES('other',0,'sms','+8613800000008');
INSERT INTO "person_channels" VALUES('other',1,'voice','+8613900000008');
CREATE TABLE planned_tests (
	test_id TEXT NOT NULL, 
	home_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	passed_at BIGINT, 
	settled_at BIGINT, 
	CONSTRAINT pk_planned_tests PRIMARY KEY (test_id), 
	CONSTRAINT fk_planned_tests_home_id FOREIGN KEY(home_id) REFERENCES homes (home_id), 
	CONSTRAINT fk_planned_tests_owner FOREIGN KEY(owner) REFERENCES people (person_id), 
	CONSTRAINT ck_planned_tests_ends_later CHECK (since < until)
);
CREATE TABLE plans (
	plan_id TEXT NOT NULL, 
	area_id TEXT NOT NULL, 
	severities TEXT NOT NULL, 
	steps_json TEXT NOT NULL, then_plan TEXT, quiet_json TEXT, 
	CONSTRAINT pk_plans PRIMARY KEY (plan_id), 
	CONSTRAINT fk_plans_area_id FOREIGN KEY(area_id) REFERENCES areas (area_id)
);
INSERT INTO "plans" VALUES('alarm','hs','["critical","urgent"]','[{"level":"compound","to":"volunteers","after_s":0,"answer_s":60},{"level":"community","to":"social_workers","after_s":0,"answer_s":120},{"level":"street","to":"everyone","after_s":0,"answer_s":120},{"level":"district","to":"dispatchers","after_s":0,"answer_s":300}]',NULL,NULL);
CREATE TABLE push_subscriptions (
	endpoint TEXT NOT NULL, 
	person_id TEXT NOT NULL, 
	p256dh TEXT NOT NULL, 
	auth TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_push_subscriptions PRIMARY KEY (endpoint), 
	CONSTRAINT fk_push_subscriptions_person_id FOREIGN KEY(person_id) REFERENCES people (person_id)
);
CREATE TABLE residents (
	person_id TEXT NOT NULL, 
	home_id TEXT NOT NULL, 
	born INTEGER, 
	languages TEXT NOT NULL, 
	access_notes TEXT, 
	health_notes TEXT, 
	health_consent_on TEXT, 
	health_consent_by TEXT, 
	CONSTRAINT pk_residents PRIMARY KEY (person_id), 
	CONSTRAINT fk_residents_person_id FOREIGN KEY(person_id) REFERENCES people (person_id), 
	CONSTRAINT fk_residents_home_id FOREIGN KEY(home_id) REFERENCES homes (home_id), 
	CONSTRAINT ck_residents_health_needs_consent CHECK (health_notes IS NULL OR (health_consent_on IS NOT NULL AND health_consent_by IS NOT NULL))
);
CREATE TABLE responder_areas (
	person_id TEXT NOT NULL, 
	area_id TEXT NOT NULL, 
	CONSTRAINT pk_responder_areas PRIMARY KEY (person_id, area_id), 
	CONSTRAINT fk_responder_areas_person_id FOREIGN KEY(person_id) REFERENCES people (person_id), 
	CONSTRAINT fk_responder_areas_area_id FOREIGN KEY(area_id) REFERENCES areas (area_id)
);
CREATE TABLE responders (
	person_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	licence TEXT, 
	organisation TEXT, 
	station_id TEXT, 
	skills TEXT NOT NULL, 
	CONSTRAINT pk_responders PRIMARY KEY (person_id), 
	CONSTRAINT fk_responders_person_id FOREIGN KEY(person_id) REFERENCES people (person_id), 
	CONSTRAINT fk_responders_station_id FOREIGN KEY(station_id) REFERENCES stations (station_id)
);
INSERT INTO "responders" VALUES('vera','volunteer',NULL,NULL,NULL,'[]');
INSERT INTO "responders" VALUES('viktor','volunteer',NULL,NULL,NULL,'[]');
INSERT INTO "responders" VALUES('vanya','volunteer',NULL,NULL,NULL,'[]');
INSERT INTO "responders" VALUES('sun','social_worker',NULL,NULL,NULL,'[]');
INSERT INTO "responders" VALUES('sheng','social_worker',NULL,NULL,NULL,'[]');
INSERT INTO "responders" VALUES('dong','dispatcher',NULL,NULL,NULL,'[]');
INSERT INTO "responders" VALUES('ding','dispatcher',NULL,NULL,NULL,'[]');
INSERT INTO "responders" VALUES('admin','administrator',NULL,NULL,NULL,'[]');
INSERT INTO "responders" VALUES('other','dispatcher',NULL,NULL,NULL,'[]');
CREATE TABLE roster_changes (
	id INTEGER NOT NULL, 
	roster_id TEXT NOT NULL, 
	person_id TEXT, 
	replaces TEXT, 
	starts BIGINT NOT NULL, 
	ends BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	recorded_by TEXT, 
	recorded_at BIGINT NOT NULL, 
	revoked BOOLEAN DEFAULT false NOT NULL, 
	CONSTRAINT pk_roster_changes PRIMARY KEY (id), 
	CONSTRAINT fk_roster_changes_roster_id FOREIGN KEY(roster_id) REFERENCES rosters (roster_id), 
	CONSTRAINT fk_roster_changes_person_id FOREIGN KEY(person_id) REFERENCES people (person_id), 
	CONSTRAINT fk_roster_changes_replaces FOREIGN KEY(replaces) REFERENCES people (person_id), 
	CONSTRAINT fk_roster_changes_recorded_by FOREIGN KEY(recorded_by) REFERENCES people (person_id), 
	CONSTRAINT ck_roster_changes_ends_later CHECK (starts < ends)
);
CREATE TABLE rosters (
	roster_id TEXT NOT NULL, 
	area_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	timezone TEXT NOT NULL, 
	rotations_json TEXT NOT NULL, 
	CONSTRAINT pk_rosters PRIMARY KEY (roster_id), 
	CONSTRAINT fk_rosters_area_id FOREIGN KEY(area_id) REFERENCES areas (area_id)
);
CREATE TABLE seen_well (
	entry_id TEXT NOT NULL, 
	home_id TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	way TEXT NOT NULL, 
	recorded_by TEXT NOT NULL, 
	ticket_id TEXT, 
	CONSTRAINT pk_seen_well PRIMARY KEY (entry_id), 
	CONSTRAINT fk_seen_well_home_id FOREIGN KEY(home_id) REFERENCES homes (home_id), 
	CONSTRAINT fk_seen_well_recorded_by FOREIGN KEY(recorded_by) REFERENCES people (person_id), 
	CONSTRAINT fk_seen_well_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (ticket_id), 
	CONSTRAINT ck_seen_well_ends_later CHECK (at < until)
);
CREATE TABLE sessions (
	session_hash TEXT NOT NULL, 
	person_id TEXT NOT NULL, 
	csrf_token TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	last_seen_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	CONSTRAINT pk_sessions PRIMARY KEY (session_hash), 
	CONSTRAINT fk_sessions_person_id FOREIGN KEY(person_id) REFERENCES people (person_id)
);
CREATE TABLE settings_mail (
	gateway_id TEXT NOT NULL, 
	due_at BIGINT, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	confirmed TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_settings_mail PRIMARY KEY (gateway_id), 
	CONSTRAINT fk_settings_mail_gateway_id FOREIGN KEY(gateway_id) REFERENCES gateways (gateway_id)
);
CREATE TABLE shift_notes (
	note_id INTEGER NOT NULL, 
	area_id TEXT NOT NULL, 
	written_by TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	text TEXT NOT NULL, 
	tickets_json TEXT, 
	taken_by TEXT, 
	taken_at BIGINT, 
	CONSTRAINT pk_shift_notes PRIMARY KEY (note_id), 
	CONSTRAINT fk_shift_notes_area_id FOREIGN KEY(area_id) REFERENCES areas (area_id), 
	CONSTRAINT fk_shift_notes_written_by FOREIGN KEY(written_by) REFERENCES people (person_id), 
	CONSTRAINT fk_shift_notes_taken_by FOREIGN KEY(taken_by) REFERENCES people (person_id), 
	CONSTRAINT ck_shift_notes_taken_by_and_when CHECK ((taken_by IS NULL) = (taken_at IS NULL)), 
	CONSTRAINT ck_shift_notes_only_handovers_are_taken CHECK (taken_by IS NULL OR tickets_json IS NOT NULL)
);
CREATE TABLE shift_signups (
	shift_id TEXT NOT NULL, 
	person_id TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_shift_signups PRIMARY KEY (shift_id, person_id), 
	CONSTRAINT fk_shift_signups_shift_id FOREIGN KEY(shift_id) REFERENCES open_shifts (shift_id), 
	CONSTRAINT fk_shift_signups_person_id FOREIGN KEY(person_id) REFERENCES people (person_id)
);
CREATE TABLE silences (
	silence_id TEXT NOT NULL, 
	home_id TEXT NOT NULL, 
	kinds TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	ended_at BIGINT, 
	ended_by TEXT, 
	CONSTRAINT pk_silences PRIMARY KEY (silence_id), 
	CONSTRAINT fk_silences_home_id FOREIGN KEY(home_id) REFERENCES homes (home_id), 
	CONSTRAINT fk_silences_owner FOREIGN KEY(owner) REFERENCES people (person_id), 
	CONSTRAINT fk_silences_ended_by FOREIGN KEY(ended_by) REFERENCES people (person_id), 
	CONSTRAINT ck_silences_ends_later CHECK (since < until), 
	CONSTRAINT ck_silences_has_reason CHECK (reason <> '')
);
CREATE TABLE special_days (
	day TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	name TEXT NOT NULL, 
	official BOOLEAN NOT NULL, 
	CONSTRAINT pk_special_days PRIMARY KEY (day), 
	CONSTRAINT ck_special_days_kind_known CHECK (kind IN ('holiday','workday'))
);
CREATE TABLE stations (
	station_id TEXT NOT NULL, 
	area_id TEXT NOT NULL, 
	name_zh TEXT NOT NULL, 
	name_en TEXT NOT NULL, 
	phone TEXT, 
	CONSTRAINT pk_stations PRIMARY KEY (station_id), 
	CONSTRAINT fk_stations_area_id FOREIGN KEY(area_id) REFERENCES areas (area_id)
);
CREATE TABLE ticket_comments (
	id INTEGER NOT NULL, 
	ticket_id TEXT NOT NULL, 
	author TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	text TEXT NOT NULL, 
	CONSTRAINT pk_ticket_comments PRIMARY KEY (id), 
	CONSTRAINT fk_ticket_comments_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (ticket_id), 
	CONSTRAINT fk_ticket_comments_author FOREIGN KEY(author) REFERENCES people (person_id)
);
CREATE TABLE ticket_history (
	ticket_id TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	actor TEXT, 
	event TEXT NOT NULL, 
	detail_json TEXT NOT NULL, 
	CONSTRAINT pk_ticket_history PRIMARY KEY (ticket_id, number), 
	CONSTRAINT fk_ticket_history_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (ticket_id)
);
INSERT INTO "ticket_history" VALUES('t-3awvj69f',1,1795406400000,NULL,'opened','{"step":0,"asked":["vera","viktor"],"why":"whole_level"}');
INSERT INTO "ticket_history" VALUES('t-3awvj69f',2,1795406430000,'vera','take','{"status":"taken"}');
INSERT INTO "ticket_history" VALUES('t-j6kpb5ag',1,1795406700000,NULL,'opened','{"step":0,"asked":["vera","viktor"],"why":"whole_level"}');
INSERT INTO "ticket_history" VALUES('t-j6kpb5ag',2,1795406760000,NULL,'told_locally','{"told":[["modem","vera","12:00"]]}');
CREATE TABLE ticket_homes (
	ticket_id TEXT NOT NULL, 
	home_id TEXT NOT NULL, 
	CONSTRAINT pk_ticket_homes PRIMARY KEY (ticket_id, home_id), 
	CONSTRAINT fk_ticket_homes_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (ticket_id)
);
CREATE TABLE ticket_relations (
	ticket_id TEXT NOT NULL, 
	other_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	recorded_by TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_ticket_relations PRIMARY KEY (ticket_id, other_id), 
	CONSTRAINT fk_ticket_relations_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (ticket_id), 
	CONSTRAINT fk_ticket_relations_other_id FOREIGN KEY(other_id) REFERENCES tickets (ticket_id), 
	CONSTRAINT fk_ticket_relations_recorded_by FOREIGN KEY(recorded_by) REFERENCES people (person_id), 
	CONSTRAINT ck_ticket_relations_not_itself CHECK (ticket_id <> other_id)
);
CREATE TABLE ticket_watchers (
	ticket_id TEXT NOT NULL, 
	person_id TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	CONSTRAINT pk_ticket_watchers PRIMARY KEY (ticket_id, person_id), 
	CONSTRAINT fk_ticket_watchers_ticket_id FOREIGN KEY(ticket_id) REFERENCES tickets (ticket_id), 
	CONSTRAINT fk_ticket_watchers_person_id FOREIGN KEY(person_id) REFERENCES people (person_id)
);
CREATE TABLE tickets (
	ticket_id TEXT NOT NULL, 
	home_id TEXT, 
	area_id TEXT NOT NULL, 
	gateway_id TEXT, 
	subject TEXT, 
	kind TEXT NOT NULL, 
	severity TEXT NOT NULL, 
	status TEXT NOT NULL, 
	condition TEXT NOT NULL, 
	episode TEXT, 
	text_zh TEXT NOT NULL, 
	text_en TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	plan_json TEXT NOT NULL, 
	step INTEGER NOT NULL, 
	due_at BIGINT, 
	due_kind TEXT, 
	offered_to TEXT, 
	taken_by TEXT, 
	opened_at BIGINT NOT NULL, 
	acked_at BIGINT, 
	arrived_at BIGINT, 
	resolved_at BIGINT, 
	resolved_by TEXT, 
	closed_at BIGINT, 
	outcome TEXT, 
	note TEXT, 
	version INTEGER NOT NULL, turn INTEGER DEFAULT 0 NOT NULL, cause TEXT, eta_at BIGINT, inside_at BIGINT, 
	CONSTRAINT pk_tickets PRIMARY KEY (ticket_id), 
	CONSTRAINT ck_tickets_offered_to_somebody CHECK (status <> 'offered' OR offered_to IS NOT NULL), 
	CONSTRAINT ck_tickets_live_has_deadline CHECK (status = 'closed' OR (due_at IS NOT NULL AND due_kind IS NOT NULL)), 
	CONSTRAINT ck_tickets_status_known CHECK (status IN ('open','offered','taken','on_site','resolved','closed')), 
	CONSTRAINT ck_tickets_taken_by_somebody CHECK (status NOT IN ('taken','on_site') OR taken_by IS NOT NULL), 
	CONSTRAINT fk_tickets_area_id FOREIGN KEY(area_id) REFERENCES areas (area_id), 
	CONSTRAINT fk_tickets_home_id FOREIGN KEY(home_id) REFERENCES homes (home_id), 
	CONSTRAINT fk_tickets_offered_to FOREIGN KEY(offered_to) REFERENCES people (person_id), 
	CONSTRAINT fk_tickets_resolved_by FOREIGN KEY(resolved_by) REFERENCES people (person_id), 
	CONSTRAINT fk_tickets_taken_by FOREIGN KEY(taken_by) REFERENCES people (person_id), 
	CONSTRAINT uq_tickets_episode UNIQUE (episode)
);
INSERT INTO "tickets" VALUES('t-3awvj69f','h-1','c1','gw-1',NULL,'smoke','critical','taken','active','gw-1 e-1','烟雾探测器报警。','The smoke detector sounds.',1795406340000,'{"plan_id":"alarm","steps":[{"level":"compound","to":"volunteers","after_s":0,"answer_s":60},{"level":"community","to":"social_workers","after_s":0,"answer_s":120},{"level":"street","to":"everyone","after_s":0,"answer_s":120},{"level":"district","to":"dispatchers","after_s":0,"answer_s":300}]}',0,1795407630000,'arrive_by',NULL,'vera',1795406400000,1795406430000,NULL,NULL,NULL,NULL,NULL,NULL,2,0,NULL,NULL,NULL);
INSERT INTO "tickets" VALUES('t-j6kpb5ag','h-2','c1','gw-1',NULL,'smoke','critical','open','active','gw-1 e-2','烟雾探测器报警。','The smoke detector sounds.',1795406340000,'{"plan_id":"alarm","steps":[{"level":"compound","to":"volunteers","after_s":0,"answer_s":60},{"level":"community","to":"social_workers","after_s":0,"answer_s":120},{"level":"street","to":"everyone","after_s":0,"answer_s":120},{"level":"district","to":"dispatchers","after_s":0,"answer_s":300}]}',0,1795406760000,'answer_by',NULL,NULL,1795406700000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2,0,NULL,NULL,NULL);
CREATE TABLE usage_hours (
	home_id TEXT NOT NULL, 
	start BIGINT NOT NULL, 
	water_l FLOAT, 
	energy_wh FLOAT, 
	quality TEXT NOT NULL, 
	signs INTEGER, 
	boot_id TEXT NOT NULL, 
	seq BIGINT NOT NULL, 
	sent_at BIGINT NOT NULL, 
	CONSTRAINT pk_usage_hours PRIMARY KEY (home_id, start)
);
CREATE TABLE vendor_events (
	vendor TEXT NOT NULL, 
	event_id TEXT NOT NULL, 
	notice_id TEXT NOT NULL, 
	result TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_vendor_events PRIMARY KEY (vendor, event_id), 
	CONSTRAINT fk_vendor_events_notice_id FOREIGN KEY(notice_id) REFERENCES notices (notice_id)
);
CREATE TABLE visit_months (
	area_id TEXT NOT NULL, 
	month TEXT NOT NULL, 
	planned_at BIGINT NOT NULL, 
	CONSTRAINT pk_visit_months PRIMARY KEY (area_id, month), 
	CONSTRAINT fk_visit_months_area_id FOREIGN KEY(area_id) REFERENCES areas (area_id)
);
CREATE TABLE visits (
	visit_id TEXT NOT NULL, 
	home_id TEXT NOT NULL, 
	month TEXT NOT NULL, 
	due_on TEXT NOT NULL, 
	points INTEGER NOT NULL, 
	reasons TEXT NOT NULL, 
	worker TEXT, 
	volunteer TEXT, 
	planned_at BIGINT NOT NULL, 
	agreed_for BIGINT, 
	agreed_by TEXT, 
	tries INTEGER DEFAULT 0 NOT NULL, 
	tried_at BIGINT, 
	done_at BIGINT, 
	done_by TEXT, 
	went TEXT, 
	minutes INTEGER, 
	seen_well BOOLEAN, 
	note_json TEXT, 
	note_text TEXT, 
	CONSTRAINT pk_visits PRIMARY KEY (visit_id), 
	CONSTRAINT fk_visits_home_id FOREIGN KEY(home_id) REFERENCES homes (home_id), 
	CONSTRAINT fk_visits_worker FOREIGN KEY(worker) REFERENCES people (person_id), 
	CONSTRAINT fk_visits_volunteer FOREIGN KEY(volunteer) REFERENCES people (person_id), 
	CONSTRAINT fk_visits_agreed_by FOREIGN KEY(agreed_by) REFERENCES people (person_id), 
	CONSTRAINT fk_visits_done_by FOREIGN KEY(done_by) REFERENCES people (person_id), 
	CONSTRAINT ck_visits_done_is_told CHECK (done_at IS NULL OR (done_by IS NOT NULL AND minutes IS NOT NULL AND seen_well IS NOT NULL))
);
CREATE INDEX ix_areas_parent_id ON areas (parent_id);
CREATE INDEX ix_stations_area_id ON stations (area_id);
CREATE INDEX ix_gateways_area_id ON gateways (area_id);
CREATE INDEX ix_gateways_heartbeat_due_at ON gateways (heartbeat_due_at);
CREATE INDEX ix_homes_area_id ON homes (area_id);
CREATE INDEX ix_homes_gateway_id ON homes (gateway_id);
CREATE INDEX ix_people_area_id ON people (area_id);
CREATE INDEX ix_plans_area_id ON plans (area_id);
CREATE INDEX ix_tickets_area_id ON tickets (area_id);
CREATE INDEX ix_tickets_gateway_id ON tickets (gateway_id);
CREATE INDEX ix_tickets_home_id ON tickets (home_id);
CREATE INDEX ix_tickets_status_due_at ON tickets (status, due_at);
CREATE INDEX ix_tickets_taken_by ON tickets (taken_by);
CREATE INDEX ix_notices_person_id ON notices (person_id);
CREATE INDEX ix_notices_status_not_before ON notices (status, not_before);
CREATE INDEX ix_notices_ticket_id ON notices (ticket_id);
CREATE INDEX ix_link_uses_ticket_id ON link_uses (ticket_id);
CREATE INDEX ix_inbox_received_at ON inbox (received_at);
CREATE INDEX ix_episodes_ticket_id ON episodes (ticket_id);
CREATE INDEX ix_flags_episode ON flags (episode);
CREATE INDEX ix_flags_home_id ON flags (home_id);
CREATE INDEX ix_flags_ticket_id ON flags (ticket_id);
CREATE INDEX ix_audit_log_at ON audit_log (at);
CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);
CREATE INDEX ix_sessions_person_id ON sessions (person_id);
CREATE INDEX ix_away_home_id ON away (home_id);
CREATE INDEX ix_responders_station_id ON responders (station_id);
CREATE INDEX ix_responder_areas_area_id ON responder_areas (area_id);
CREATE INDEX ix_residents_home_id ON residents (home_id);
CREATE INDEX ix_contacts_home_id_position ON contacts (home_id, position);
CREATE INDEX ix_rosters_area_id ON rosters (area_id);
CREATE INDEX ix_roster_changes_roster_id ON roster_changes (roster_id);
CREATE INDEX ix_open_shifts_roster_id ON open_shifts (roster_id);
CREATE INDEX ix_shift_signups_person_id ON shift_signups (person_id);
CREATE INDEX ix_away_check_at ON away (check_at);
CREATE INDEX ix_seen_well_home_id ON seen_well (home_id);
CREATE INDEX ix_seen_well_ticket_id ON seen_well (ticket_id);
CREATE INDEX ix_ledger_mail_due_at ON ledger_mail (due_at);
CREATE INDEX ix_silences_home_id ON silences (home_id);
CREATE INDEX ix_planned_tests_home_id ON planned_tests (home_id);
CREATE INDEX ix_planned_tests_until ON planned_tests (until);
CREATE INDEX ix_ticket_relations_other_id ON ticket_relations (other_id);
CREATE INDEX ix_ticket_homes_home_id ON ticket_homes (home_id);
CREATE INDEX ix_ticket_watchers_person_id ON ticket_watchers (person_id);
CREATE INDEX ix_check_ins_due_at ON check_ins (due_at);
CREATE INDEX ix_ticket_comments_ticket_id ON ticket_comments (ticket_id);
CREATE INDEX ix_attachments_ticket_id ON attachments (ticket_id);
CREATE INDEX ix_late_answers_at ON late_answers (at);
CREATE INDEX ix_notice_receipts_channel_vendor_id ON notice_receipts (channel, vendor_id);
CREATE INDEX ix_notice_receipts_state_due_at ON notice_receipts (state, due_at);
CREATE INDEX ix_vendor_events_notice_id ON vendor_events (notice_id);
CREATE INDEX ix_habit_counts_week ON habit_counts (week);
CREATE INDEX ix_line_moves_home_id_rule_id ON line_moves (home_id, rule, id);
CREATE INDEX ix_line_moves_ticket_id ON line_moves (ticket_id);
CREATE INDEX ix_settings_mail_due_at ON settings_mail (due_at);
CREATE INDEX ix_tickets_closed_at ON tickets (closed_at);
CREATE INDEX ix_forwards_ticket_id ON forwards (ticket_id);
CREATE INDEX ix_forwards_status_not_before ON forwards (status, not_before);
CREATE INDEX ix_push_subscriptions_person_id ON push_subscriptions (person_id);
CREATE INDEX ix_contact_faults_settled_at ON contact_faults (settled_at);
CREATE INDEX ix_shift_notes_area_id_at ON shift_notes (area_id, at);
CREATE INDEX ix_visits_home_id ON visits (home_id);
CREATE INDEX ix_visits_worker ON visits (worker);
CREATE INDEX ix_visits_volunteer ON visits (volunteer);
CREATE INDEX ix_visits_done_at ON visits (done_at);
CREATE INDEX ix_visits_month_due_on ON visits (month, due_on);
CREATE INDEX ix_family_consents_home_id ON family_consents (home_id);
CREATE INDEX ix_family_consents_contact_id ON family_consents (contact_id);
CREATE INDEX ix_family_consents_look_at ON family_consents (look_at);
CREATE INDEX ix_family_letters_consent_id ON family_letters (consent_id);
CREATE INDEX ix_family_letters_status_not_before ON family_letters (status, not_before);
CREATE INDEX ix_house_links_home_id ON house_links (home_id);
CREATE INDEX ix_pauses_home_id ON pauses (home_id);
CREATE INDEX ix_audit_log_subject_at ON audit_log (subject, at);
CREATE INDEX ix_local_tellings_received_at ON local_tellings (received_at);
CREATE INDEX ix_canaries_status_arrived_at ON canaries (status, arrived_at);
COMMIT;
