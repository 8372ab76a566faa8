<?php

class SpptController
{
    /** @return list<array<string, mixed>> */
    public static function daftar(): array
    {
        [$syarat, $nilai] = TenantMiddleware::saring();

        return baris("SELECT nop, nama_wp, pagu, lunas FROM sppt WHERE {$syarat} ORDER BY nop", $nilai);
    }
}
