<?php

return [
    'name'     => env('APP_NAME', 'PBB'),
    'env'      => env('APP_ENV', 'production'),
    'url'      => env('APP_URL', 'http://localhost'),
    'timezone' => 'UTC',
    'locale'   => 'id',
];
