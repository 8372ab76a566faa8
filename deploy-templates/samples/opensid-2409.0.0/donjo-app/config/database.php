<?php

defined('BASEPATH') || exit('No direct script access allowed');

$db['default'] = ['hostname' => 'localhost', 'port' => 3306, 'username' => 'root', 'password' => '', 'database' => 'opensid'];

if (is_file('desa/config/database.php')) {
    include 'desa/config/database.php';
}
