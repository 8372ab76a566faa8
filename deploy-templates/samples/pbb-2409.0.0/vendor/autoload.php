<?php

// This sample has no packages: its own few files are all there is.
foreach (['app/Helpers/helper.php', 'app/Http/Middleware/TenantMiddleware.php', 'app/Http/Controllers/Transaksi/SpptController.php'] as $berkas) {
    require dirname(__DIR__) . '/' . $berkas;
}
