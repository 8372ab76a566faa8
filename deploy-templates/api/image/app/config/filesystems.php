<?php

// Replaces the release's file: disk `ftp` is the desa's own folders, mounted at FTP_ROOT. There is no FTP server.

return [
    'default' => env('FILESYSTEM_DISK', env('FILESYSTEM_DRIVER', 'local')),
    'disks'   => [
        'local'  => ['driver' => 'local', 'root' => storage_path('app')],
        'public' => [
            'driver'     => 'local',
            'root'       => storage_path('app/public'),
            'url'        => env('APP_URL') . '/storage',
            'visibility' => 'public',
        ],
        'ftp'  => ['driver' => 'local', 'root' => env('FTP_ROOT', '/opensid'), 'url' => env('FTP_URL')],
        'sftp' => ['driver' => 'local', 'root' => env('FTP_ROOT', '/opensid'), 'url' => env('FTP_URL')],
    ],
    'links' => [public_path('storage') => storage_path('app/public')],
];
