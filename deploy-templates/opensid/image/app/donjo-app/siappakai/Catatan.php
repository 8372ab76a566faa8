<?php

namespace SiapPakai;

/**
 * Catches what OpenSID logs during this run: every line goes to stderr at once, those of level ERROR are kept for the answer.
 * A stream wrapper stands in for the log folder, so that lines of other processes never mix in.
 */
class Catatan
{
    private const SKEMA = 'siappakai-catatan';

    /** @var resource|null */
    public $context;

    /** @var list<string> */
    private static array $galat = [];

    public static function pasang(object $log): void
    {
        stream_wrapper_register(self::SKEMA, self::class);
        (function (string $folder): void {
            $this->_log_path = $folder;
            $this->_enabled  = true;
        })->call($log, self::SKEMA . '://log/');
    }

    /** @return list<string> at most 50 */
    public static function galat(): array
    {
        return array_slice(self::$galat, 0, 50);
    }

    public static function samarkan(string $teks): string
    {
        return preg_replace(['/(updateConfigFile password - ).*/', '~base64:[A-Za-z0-9+/=]{20,}~', '/eyJ[A-Za-z0-9+\/=_.-]{20,}/'], ['$1***', 'base64:***', '***'], $teks) ?? '';
    }

    public function stream_open(string $path, string $mode, int $options, ?string &$opened): bool
    {
        return true;
    }

    public function stream_write(string $isi): int
    {
        // The first line names the error and its place; a stack trace below it would bury the live log.
        $baris = substr(strtok(self::samarkan($isi), "\n") ?: '', 0, 1000);
        if (str_starts_with($baris, 'ERROR')) {
            self::$galat[] = $baris;
        }
        file_put_contents('php://stderr', $baris . PHP_EOL);

        return strlen($isi);
    }

    public function stream_lock(int $operation): bool
    {
        return true;
    }

    public function stream_metadata(string $path, int $option, $value): bool
    {
        return true;
    }

    public function stream_close(): void
    {
    }

    /** @return array<string, int> */
    public function url_stat(string $path, int $flags): array
    {
        return ['mode' => str_ends_with($path, '/') ? 0o040755 : 0o100644, 'size' => 1];
    }
}
