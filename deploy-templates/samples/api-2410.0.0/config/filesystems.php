<?php

return ['disks' => ['ftp' => ['driver' => 'ftp', 'host' => env('FTP_HOST'), 'root' => env('FTP_ROOT')]]];
