<?php

// Front controller for the web and for `php index.php <route>`.

define('FCPATH', __DIR__ . '/');
define('APPPATH', FCPATH . 'donjo-app/');
define('BASEPATH', APPPATH . 'core/');
chdir(__DIR__);

require FCPATH . 'vendor/autoload.php';
require APPPATH . 'helpers/opensid_helper.php';
require APPPATH . 'core/Kerangka.php';
require APPPATH . 'core/MY_Controller.php';
require APPPATH . 'Routes/console.php';
require APPPATH . 'Routes/web.php';

jalankan();
