import { fault } from './fault.ts'

/** Host, store, public address, and the work that goes on behind it. */
export const ownFaults = {
  'data-dir-unwritable': fault('wrong', 1, '数据目录不能写：{about}', 'the data directory cannot be written: {about}', '给运行服务的用户写权限，或把 DATA_DIR 指到别处', 'let the user of the server write there, or point DATA_DIR elsewhere'),
  'data-dir-foreign': fault('wrong', 1, 'DATA_DIR 指向的地方不是我们的数据目录：{about}', 'DATA_DIR is not a data directory of ours: {about}', '换成一个空目录，或原来的数据目录', 'choose an empty directory, or the one that was used before'),
  'data-dir-damaged': fault('wrong', 1, '数据目录损坏：{about}', 'the data directory is damaged: {about}', '从备份恢复到一个空目录：npm run restore -- 文件', 'restore a backup into an empty directory: npm run restore -- FILE'),
  'data-dir-other-version': fault('wrong', 1, '数据目录由另一个版本使用：{about}', 'the data directory belongs to another version: {about}', '停掉用着它的另一个版本，用同一版本启动；或用那个版本备份、在这里恢复', 'stop the other version and start the same one; or back up there and restore here'),
  'engine-not-started': fault('wrong', 1, '自带的数据库起不来：{about}', 'the embedded store does not start: {about}', '看数据目录里的 engine.log；是否另有旧进程占着这个目录', 'see engine.log in the data directory; an old process may hold it'),
  'store-unreachable': fault('wrong', 1, '数据库连不上：{about}', 'the database does not answer: {about}', '检查 MONGODB_URI 的地址、账号、防火墙，以及 MongoDB 是否在运行', 'check address and user in MONGODB_URI, the firewall, and whether MongoDB runs'),
  'store-not-replica-set': fault('wrong', 1, 'MongoDB 不是副本集，写入无法确保不丢', 'MongoDB is no replica set: writes cannot be made sure', '以 --replSet 启动并执行一次 rs.initiate()，单个节点也可以', 'start it with --replSet and run rs.initiate() once; one member will do'),
  'restore-unfinished': fault('wrong', 8, '上一次恢复没有做完，数据不完整', 'a restore did not end: the data are a part', '重新运行 npm run restore -- 文件 --empty-first', 'run npm run restore -- FILE --empty-first again'),
  'tencent-unreachable': fault('wrong', 1, '连不上腾讯的接口：{about}', 'Tencent cannot be reached: {about}', '检查这台主机能否访问外网、DNS 和代理', 'check that this host reaches the internet, its DNS and proxy'),
  'clock-off': fault('wrong', 1, '这台主机的时间与腾讯差 {about} 秒', 'the clock of this host is {about} s off from Tencent’s', '打开自动对时（如 chrony、systemd-timesyncd）；差到 5 分钟微信支付会全部拒绝', 'keep it in time (chrony, systemd-timesyncd); at 5 minutes WeChat Pay refuses everything'),
  'public-url-not-https': fault('wrong', 1, 'PUBLIC_URL 不是 https', 'PUBLIC_URL is not https', '给域名配好证书，把 PUBLIC_URL 改成 https://…', 'get a certificate for the domain and make PUBLIC_URL https://…'),
  'public-url-unreachable': fault('wrong', 1, 'PUBLIC_URL 打不开：{about}', 'PUBLIC_URL does not answer: {about}', '检查域名解析、反向代理和服务是否在运行（若本机不能访问自己的公网地址，请在外面的机器上运行）', 'check DNS, the proxy and whether the server runs (where a host cannot reach its own public address, run this elsewhere)'),
  'public-url-certificate': fault('wrong', 1, 'PUBLIC_URL 的证书不被信任：{about}', 'the certificate of PUBLIC_URL is not trusted: {about}', '换成有效的证书，并带上中间证书', 'use a valid certificate with its intermediate ones'),
  'public-url-other': fault('wrong', 1, 'PUBLIC_URL 上应答的不是本系统：{about}', 'something else answers at PUBLIC_URL: {about}', '让反向代理把整个域名（包括 /healthz）转给本服务', 'have the proxy pass the whole domain (with /healthz) to this server'),
  'public-url-other-settings': fault('wrong', 1, 'PUBLIC_URL 上运行的服务用的是另一套配置', 'the server at PUBLIC_URL runs with other settings', '改过配置就重启服务；检查反向代理是否指到了另一套环境', 'restart it after changing settings; check that the proxy does not lead to another environment'),
  'verify-file-not-served': fault('wrong', 2, '域名校验文件访问不到：{about}', 'a verification file is not found: {about}', '重启服务，再检查反向代理有没有把它拦下', 'restart the server, then check that the proxy lets it through'),
  'callback-url-fails': fault('wrong', 3, '从 PUBLIC_URL 做「{about}」的回调校验没有通过', 'the URL check of our callback {about} fails at PUBLIC_URL', '改过 Token 或 AESKey 就重启服务；检查反向代理有没有改动 /webhooks/ 的路径和参数', 'restart the server after changing token or key; check that the proxy leaves path and query of /webhooks/ alone'),
  'forward-unreachable': fault('warning', 5, '{about} 指向的系统没有应答', 'the system at {about} does not answer', '检查那边的系统；消息会补送一天', 'check that system; callbacks are tried again for a day'),
  'worker-nobody': fault('wrong', 1, '没有进程在处理收到的事件', 'no process handles what comes in', '启动服务（npm start 或 docker compose up），看日志里有没有 step failed', 'start the server (npm start or docker compose up); look for step failed in the log'),
  'inbox-deep': fault('warning', 8, '收件箱有积压：{about}', 'the inbox is deep: {about}', '看日志里的 step failed；若刚停过机，等它追完', 'look for step failed in the log; after a stop, let it catch up'),
  'inbox-stuck': fault('warning', 8, '{about} 条事件反复处理失败', '{about} events failed again and again', 'npm run setaside 看原因，修好后 npm run setaside -- replay --all', 'npm run setaside tells why; once mended npm run setaside -- replay --all'),
  'inbox-set-aside': fault('warning', 8, '{about} 条消息读不懂，放在一边', '{about} messages could not be read and are set aside', 'npm run setaside 看原因，升级后 npm run setaside -- replay --all', 'npm run setaside tells why; after an upgrade npm run setaside -- replay --all'),
  'not-examined': fault('wrong', 8, '检查「{about}」时出了错', 'the examination of {about} failed', '这是本系统的问题：请把日志发给开发者', 'this is a fault of ours: send the log to the developers'),
}
