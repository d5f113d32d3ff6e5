-- A ledger as the first release wrote it: schema 1.
PRAGMA user_version=1;
PRAGMA application_id=1296255824;
BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'mission-cockpit','first','2026-01-05 09:00:00.000000+00:00');
CREATE TABLE blobs(sha TEXT NOT NULL PRIMARY KEY, content BLOB NOT NULL) STRICT;
INSERT INTO "blobs" VALUES('5570a3cf02207f1d352d2cfea385be4bc0b2b9414f606baa6f55db60b232f221',X'6120626C6F62');
CREATE TABLE events(
        seq INTEGER PRIMARY KEY AUTOINCREMENT, mission TEXT NOT NULL, height INTEGER NOT NULL, kind TEXT NOT NULL,
        version INTEGER NOT NULL, body TEXT NOT NULL, body_hash TEXT NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL,
        at INTEGER NOT NULL, wall INTEGER NOT NULL, actor TEXT NOT NULL, epoch INTEGER NOT NULL,
        UNIQUE(mission, height)) STRICT;
INSERT INTO "events" VALUES(1,'gtm',1,'mission.created',1,'{"contract":{"actions":{"allowed":["draft","research"],"restricted":["send"]},"budget":{"branches":3,"money":500000000,"time":1209600000},"evidence":{"reply_quality":{"from":"reviewer","min_sample":2,"unit":"score"},"reply_rate":{"from":"inbox","min_sample":4,"unit":"ratio"},"success":{"from":"bench","unit":"ratio"}},"judge":[{"because":"enough replies","then":"keep","when":"branch.reply_rate >= 0.08"}],"mission":"Find a channel","receipt":["channels tried","messages drafted","cost","pruned branches","the weather in Rome"],"roles":{"researcher":{"tier":"cheap"},"reviewer":{"tier":"strong"},"writer":{"tier":"strong"}},"target":{"met_when":"mission.branches.kept >= 1","statement":"Find one channel with enough replies."}},"source":"5570a3cf02207f1d352d2cfea385be4bc0b2b9414f606baa6f55db60b232f221","title":"Find a channel"}','7e1182ad9502e5b67868d438d6b8fc99d35916a3a2a2fa0af615302647cfe05c','','a02b41de0f596322d497f2fda5850b0fa85aa04da0bac58fa689290ef6cc2798',1800000060000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(2,'gtm',2,'branch.opened',1,'{"branch":"B1","key":"main"}','9e99bd324d84e2f3a7b863baa31cace059fd8d51269daf567c1b92aa0cd6be93','a02b41de0f596322d497f2fda5850b0fa85aa04da0bac58fa689290ef6cc2798','ae371fd226d474d92722b7a0dbe503d023d8afbacf840270758b57fa3891e22f',1800000120000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(3,'gtm',3,'branch.opened',1,'{"branch":"B2","budget":200000000,"hypothesis":"cold-email works","key":"cold-email","parent":"B1"}','bc7ce6786fb2c0cf0125cb8d7e80bb8426cacd12255628b1656a6e8d6da95a38','ae371fd226d474d92722b7a0dbe503d023d8afbacf840270758b57fa3891e22f','89515b35fc9906a6fd6985004411b03090d41b2b03a27199f8cfa9bc38d52dfc',1800000180000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(4,'gtm',4,'branch.opened',1,'{"branch":"B3","hypothesis":"communities works","key":"communities","parent":"B1"}','ca7392d7eba8be904e95129f76843b894819d8c64d1858148b53183e8c12f41c','89515b35fc9906a6fd6985004411b03090d41b2b03a27199f8cfa9bc38d52dfc','56045bb2f119ff55d210c4055b28d78e896bf2ebbe98cf11b064baa5bf245056',1800000240000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(5,'gtm',5,'task.added',1,'{"branch":"B2","budget":2000000,"criteria":[{"check":"human","text":"short"}],"key":"draft","role":"writer","task":"T1","title":"draft","verb":"draft"}','716d918579648aefe52e01453a4a827fb720d237ecaf5f88e31a7f0b5ce7c823','56045bb2f119ff55d210c4055b28d78e896bf2ebbe98cf11b064baa5bf245056','4bf3b2ae4a9cc5db5b7fd747ab785b7cdf4250011fd186ba15ed6b826f15c9f8',1800000300000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(6,'gtm',6,'task.added',1,'{"branch":"B2","budget":2000000,"criteria":[{"check":"human","text":"short"}],"key":"follow-up","needs":["T1"],"role":"writer","task":"T2","title":"follow-up","verb":"draft"}','c2b21ff13758ed8f1c9944ae9d347d58e4a372e66ec9921c7703a2f260bc00b6','4bf3b2ae4a9cc5db5b7fd747ab785b7cdf4250011fd186ba15ed6b826f15c9f8','5c6563af005b79ec921979b64db9dba3e4839a5c769caa431fcb28521d2426a7',1800000360000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(7,'gtm',7,'task.added',1,'{"branch":"B3","budget":2000000,"criteria":[{"check":"human","text":"short"}],"key":"research","role":"writer","task":"T3","title":"research","verb":"draft"}','84d24c07099a945f57f45de88d06d972bf6f5260adc85bf8642f3322aaf3a77f','5c6563af005b79ec921979b64db9dba3e4839a5c769caa431fcb28521d2426a7','5de18df5c892bcee4be32fe360b2f6fe187308ccf982583b32baf5dbc2e3d91c',1800000420000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(8,'gtm',8,'mission.started',1,'{}','44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a','5de18df5c892bcee4be32fe360b2f6fe187308ccf982583b32baf5dbc2e3d91c','7eaeeb3461440a6be13ac96e18d0fb86e7777e8153e2c54f41b353bb066d5e79',1800000480000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(9,'gtm',9,'attempt.dispatched',1,'{"attempt":"A1.1","model":"m-1","role":"writer","task":"T1","worker":"model"}','ed258eb5d15382da0f272681d0318213b2ceab496a35847017bdc2c1e2ac9476','7eaeeb3461440a6be13ac96e18d0fb86e7777e8153e2c54f41b353bb066d5e79','73fbc46728c1bf4e6b60533b60e6ec557163eabf355ecce1f38144dc0b0de35a',1800000540000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(10,'gtm',10,'charge.reserved',1,'{"attempt":"A1.1","micro_usd":50000}','367aca4bd32ecd040a386b8704a045ccbe773b018d4eae9dcc0d5d57f9886871','73fbc46728c1bf4e6b60533b60e6ec557163eabf355ecce1f38144dc0b0de35a','4d7941648de0bb57b6c5b3c3f5f57af6a74ff66a7790ba79138e48905b79c617',1800000600000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(11,'gtm',11,'package.compiled',1,'{"attempt":"A1.1","budget":4000,"manifest":"5570a3cf02207f1d352d2cfea385be4bc0b2b9414f606baa6f55db60b232f221","task":"T1","text":"5570a3cf02207f1d352d2cfea385be4bc0b2b9414f606baa6f55db60b232f221","tokens":900}','ace13022b1b3e0891648a50fe83ee2b1326822e7614e8772887f8957bd415007','4d7941648de0bb57b6c5b3c3f5f57af6a74ff66a7790ba79138e48905b79c617','70e6b3132904a15253378178d3cd091be61c47f091ce0f9e37dbfcbc8437b441',1800000660000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(12,'gtm',12,'attempt.delivered',1,'{"attempt":"A1.1","handoff":"5570a3cf02207f1d352d2cfea385be4bc0b2b9414f606baa6f55db60b232f221","latency":1200,"summary":"done"}','39391d9a8f3a24b04864eef49887668ebb67d481854f5d8c3dcdd4f9595391c0','70e6b3132904a15253378178d3cd091be61c47f091ce0f9e37dbfcbc8437b441','fa807303c424e087ab6026bcd1c5e719901133f394774530b516220b4fc1bbb1',1800000720000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(13,'gtm',13,'charge.settled',1,'{"attempt":"A1.1","basis":"reported","branch":"B2","micro_usd":30000,"model":"m-1","outcome":"useful","purpose":"work","role":"writer","task":"T1","tokens":{"input":100,"output":20},"worker":"model"}','e577c90eb0568046a4bd3eb3e4b55b045321bbe1c47afaae4113f3193a636f36','fa807303c424e087ab6026bcd1c5e719901133f394774530b516220b4fc1bbb1','573947f0badd10698b3a39686bdcb0b80347bb251cff8baa0d0410a6dc67b5a1',1800000780000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(14,'gtm',14,'verdict.given',1,'{"attempt":"A1.1","by":"checks","lines":[{"criterion":"short","ok":true}],"ok":true,"stage":"checks","task":"T1"}','7cea89d4db77574cf593330a01a42bbac9ba7481f060525cd10273c25e5b19c6','573947f0badd10698b3a39686bdcb0b80347bb251cff8baa0d0410a6dc67b5a1','c89c550304b0871194cdab78087f1097001f7efc2a87d93d59733d9deab73c6f',1800000840000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(15,'gtm',15,'task.accepted',1,'{"attempt":"A1.1","task":"T1"}','28188e66849b89b1196a19c68bfbaeeeff3774b049aef10cf26a95137411a058','c89c550304b0871194cdab78087f1097001f7efc2a87d93d59733d9deab73c6f','bccf21a447415761681441bf4ad21d7e6c5c870a55c4923f23680faf2164215f',1800000900000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(16,'gtm',16,'effect.proposed',1,'{"attempt":"A1.1","batch":"P1","body":"5570a3cf02207f1d352d2cfea385be4bc0b2b9414f606baa6f55db60b232f221","branch":"B2","clauses":"5570a3cf02207f1d352d2cfea385be4bc0b2b9414f606baa6f55db60b232f221","connector":"maildir","content":"5570a3cf02207f1d352d2cfea385be4bc0b2b9414f606baa6f55db60b232f221","digest":"deae2d4d75857c1081f113bcfc950dca567dd5a2e14e6ac8fb8e5785ff4dd5ec","effect":"F1","expires":1800087300000,"persons":["person-F1"],"task":"T1","verb":"send"}','f3f6bacf32a28a60347a1e2fd41d093d99b2544936ff73d600ccbc7b3d45a199','bccf21a447415761681441bf4ad21d7e6c5c870a55c4923f23680faf2164215f','9c2aa62844ab605bd9a1239bde4f5cb778ef8f2ed7ae255254e07164373616f5',1800000960000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(17,'gtm',17,'effect.proposed',1,'{"attempt":"A1.1","batch":"P1","body":"5570a3cf02207f1d352d2cfea385be4bc0b2b9414f606baa6f55db60b232f221","branch":"B2","clauses":"5570a3cf02207f1d352d2cfea385be4bc0b2b9414f606baa6f55db60b232f221","connector":"maildir","content":"5570a3cf02207f1d352d2cfea385be4bc0b2b9414f606baa6f55db60b232f221","digest":"8e2de3335023201ffa4d803767bdf12790c58f4f241554c544bde8bf7b8455a4","effect":"F2","expires":1800087360000,"persons":["person-F2"],"task":"T1","verb":"send"}','5771c4800a5be4da3cf36f5ee48a31d48b9ce52a5741f4533776560b7a14429a','9c2aa62844ab605bd9a1239bde4f5cb778ef8f2ed7ae255254e07164373616f5','4ec987462645f3238833b3af2e5774ddf14917b525cb9bac4c60a7a0b66b578e',1800001020000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(18,'gtm',18,'attention.raised',1,'{"attention":"Q1","branch":"B2","expires":1800087420000,"kind":"approve","refs":["F1","F2"],"task":"T1","title":"send 2"}','7fd10de4149621982b47a5bc6faf2d35457fdc85d82dd12708d458bdc55b222b','4ec987462645f3238833b3af2e5774ddf14917b525cb9bac4c60a7a0b66b578e','6e72ead6713c6dc585b3af044078c1b16b748044dd26bdbdcb249caf10856727',1800001080000,1800001080000,'engine',1);
INSERT INTO "events" VALUES(19,'home',1,'contact.suppressed',1,'{"because":"said stop","person":"pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp"}','7ea268edd4c4f63f5a15b1bb1a310458e3db76f8d35129c2a9464db869f6c745','','5f221b02771acbad5f0b298c5d4117b214a0bb5952f09842c6e965b2c1ad6381',1800000000000,1800000000000,'human:ada',1);
CREATE TABLE inbox(
        id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, mission TEXT NOT NULL,
        body TEXT NOT NULL, actor TEXT NOT NULL, wall INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'pending',
        error TEXT NOT NULL DEFAULT '', ids TEXT NOT NULL DEFAULT '[]') STRICT;
INSERT INTO "inbox" VALUES(1,'pause:gtm','pause','gtm','{"because":"lunch"}','human:ada',1800000000000,'pending','','[]');
CREATE TABLE lease(
        id INTEGER PRIMARY KEY CHECK (id = 1), owner TEXT, epoch INTEGER NOT NULL, version TEXT NOT NULL,
        beat INTEGER NOT NULL, idle INTEGER NOT NULL) STRICT;
INSERT INTO "lease" VALUES(1,NULL,1,'0.1.0',1800000000000,0);
CREATE TABLE progress(
        job TEXT NOT NULL PRIMARY KEY, mission TEXT NOT NULL, note TEXT NOT NULL, micro_usd INTEGER NOT NULL,
        wall INTEGER NOT NULL) STRICT;
INSERT INTO "progress" VALUES('gtm/A1.1','gtm','half way',5,1800000000000);
CREATE TABLE results(
        job TEXT NOT NULL PRIMARY KEY, mission TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
        wall INTEGER NOT NULL, seen INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE views(
        kind TEXT NOT NULL, id TEXT NOT NULL, mission TEXT NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY(kind, id)) STRICT;
INSERT INTO "views" VALUES('card','gtm','gtm','{"id":"gtm","title":"Find a channel","state":"active","rehearsed":false,"rev":1,"phase":"running","spent_micro_usd":30000,"reserved_micro_usd":0,"budget_micro_usd":500000000,"attention":1,"next_wake":1800087420000,"because":"","started_at":1800000480000,"ended_at":null,"time_ms":1209600000,"branches":[{"key":"cold-email","state":"open","line":"cold-email works","until":null},{"key":"communities","state":"open","line":"communities works","until":null}]}');
INSERT INTO "views" VALUES('spend','gtm','gtm','{"total_micro_usd":30000,"reserved_micro_usd":0,"budget_micro_usd":500000000,"by":{"branch":{"cold-email":30000},"model":{"m-1":30000},"role":{"writer":30000},"purpose":{"work":30000},"outcome":{"useful":30000}}}');
INSERT INTO "views" VALUES('branch','gtm/B1','gtm','{"id":"gtm/B1","key":"main","parent":"","hypothesis":"","state":"open","reason":"","spent_micro_usd":0,"reserved_micro_usd":0,"budget_micro_usd":null,"until":null,"evidence":[]}');
INSERT INTO "views" VALUES('branch','gtm/B2','gtm','{"id":"gtm/B2","key":"cold-email","parent":"gtm/B1","hypothesis":"cold-email works","state":"open","reason":"","spent_micro_usd":30000,"reserved_micro_usd":0,"budget_micro_usd":200000000,"until":null,"evidence":[]}');
INSERT INTO "views" VALUES('branch','gtm/B3','gtm','{"id":"gtm/B3","key":"communities","parent":"gtm/B1","hypothesis":"communities works","state":"open","reason":"","spent_micro_usd":0,"reserved_micro_usd":0,"budget_micro_usd":null,"until":null,"evidence":[]}');
INSERT INTO "views" VALUES('task','gtm/T1','gtm','{"id":"gtm/T1","branch":"gtm/B2","branch_key":"cold-email","key":"draft","title":"draft","role":"writer","kind":"work","verb":"draft","state":"accepted","waiting_for":"","worker":"model","route":"m-1","missing":[],"spent_micro_usd":30000,"reserved_micro_usd":0,"budget_micro_usd":2000000,"attempts":1,"allowed":2,"reason":""}');
INSERT INTO "views" VALUES('task','gtm/T2','gtm','{"id":"gtm/T2","branch":"gtm/B2","branch_key":"cold-email","key":"follow-up","title":"follow-up","role":"writer","kind":"work","verb":"draft","state":"ready","waiting_for":"","worker":"model","route":"","missing":[],"spent_micro_usd":0,"reserved_micro_usd":0,"budget_micro_usd":2000000,"attempts":0,"allowed":2,"reason":""}');
INSERT INTO "views" VALUES('task','gtm/T3','gtm','{"id":"gtm/T3","branch":"gtm/B3","branch_key":"communities","key":"research","title":"research","role":"writer","kind":"work","verb":"draft","state":"ready","waiting_for":"","worker":"model","route":"","missing":[],"spent_micro_usd":0,"reserved_micro_usd":0,"budget_micro_usd":2000000,"attempts":0,"allowed":2,"reason":""}');
INSERT INTO "views" VALUES('attention','gtm/Q1','gtm','{"id":"gtm/Q1","kind":"approve","mission":"gtm","branch":"gtm/B2","task":"gtm/T1","title":"send 2","digest":"23b8e44464df61db3a2138625911c736a9677fbf73b9ece9e4e02572793a0ed8","expires_at":1800087420000,"raised_at":1800001080000,"holds":1,"takes_minutes":1,"rank":35,"why":"holds 1 task (10) · expires in 23h 59m (25)","detail":"","choices":[],"items":[{"id":"gtm/F1","digest":"deae2d4d75857c1081f113bcfc950dca567dd5a2e14e6ac8fb8e5785ff4dd5ec","preview":"send via maildir, 1 of 2"},{"id":"gtm/F2","digest":"8e2de3335023201ffa4d803767bdf12790c58f4f241554c544bde8bf7b8455a4","preview":"send via maildir, 2 of 2"}]}');
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX events_by_kind ON events(mission, kind);
CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_no_replace BEFORE INSERT ON events
        WHEN EXISTS (SELECT 1 FROM events WHERE mission = NEW.mission AND height = NEW.height)
          OR EXISTS (SELECT 1 FROM events WHERE seq = NEW.seq)
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE INDEX inbox_pending ON inbox(id) WHERE state = 'pending';
CREATE INDEX results_unseen ON results(seen) WHERE seen = 0;
CREATE INDEX views_by_mission ON views(mission, kind);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('events',19);
INSERT INTO "sqlite_sequence" VALUES('inbox',1);
COMMIT;
