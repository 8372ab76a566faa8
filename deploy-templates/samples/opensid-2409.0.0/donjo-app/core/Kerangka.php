<?php

defined('BASEPATH') || exit('No direct script access allowed');

// The few extension points of CodeIgniter and its router that the deployment contract leans on.

function is_cli(): bool
{
    return PHP_SAPI === 'cli';
}

function &get_instance(): object
{
    return CI_Controller::$satu;
}

function log_message(string $tingkat, string $pesan): void
{
    load_class('Log', 'core')->write_log($tingkat, $pesan);
}

function load_class(string $nama): object
{
    static $semua = [];

    return $semua[$nama] ??= new ('CI_' . $nama)();
}

function config_item(string $nama)
{
    static $config = null;
    if ($config === null) {
        $config = ['sess_save_path' => sys_get_temp_dir()];
        if (is_file('desa/config/config.php')) {
            include 'desa/config/config.php';
        }
    }

    return $config[$nama] ?? null;
}

/** Cache in storage/framework: no key carries the desa, so it must never be shared. */
function cache(): object
{
    return load_class('Cache');
}

function db(): PDO
{
    static $pdo = null;
    if ($pdo === null) {
        include APPPATH . 'config/database.php';
        $isi = $db['default'];
        $pdo = new PDO("mysql:host={$isi['hostname']};port={$isi['port']};dbname={$isi['database']};charset=utf8", $isi['username'], $isi['password'], [
            PDO::ATTR_ERRMODE            => PDO::ERRMODE_EXCEPTION,
            PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
            PDO::ATTR_TIMEOUT            => 3,
        ]);
    }

    return $pdo;
}

function baris(string $sql, array $nilai = []): array
{
    $pernyataan = db()->prepare($sql);
    $pernyataan->execute($nilai);

    return $pernyataan->columnCount() > 0 ? $pernyataan->fetchAll() : [];
}

class CI_Log
{
    protected $_log_path = STORAGEPATH . 'logs/';
    protected $_enabled  = true;

    public function write_log(string $tingkat, string $pesan): bool
    {
        $baris = strtoupper($tingkat) . ' - ' . date('Y-m-d H:i:s') . ' --> ' . $pesan . "\n";

        return (bool) @file_put_contents($this->_log_path . 'log-' . date('Y-m-d') . '.php', $baris, FILE_APPEND);
    }
}

class CI_Cache
{
    public function remember(string $kunci, callable $isi)
    {
        $berkas = STORAGEPATH . 'framework/cache-' . md5($kunci);
        if (! is_file($berkas)) {
            @file_put_contents($berkas, serialize($isi()));
        }

        return is_file($berkas) ? unserialize((string) file_get_contents($berkas)) : $isi();
    }

    public function flush(): void
    {
        kosongkanFolder(STORAGEPATH . 'framework/cache-');
    }
}

class CI_Loader
{
    public function database(): void
    {
        db();
    }

    /** @param string|list<string> $model */
    public function model($model, ?string $nama = null): void
    {
        foreach ((array) $model as $satu) {
            $kelas  = ucfirst(basename($satu));
            $folder = trim(dirname($satu), '.');
            $sebut  = $nama ?? strtolower($kelas);
            if (! isset(CI_Controller::$satu->{$sebut})) {
                require_once APPPATH . 'models/' . ($folder === '' ? '' : $folder . '/') . $kelas . '.php';
                CI_Controller::$satu->{$sebut} = new $kelas();
            }
        }
    }
}

#[AllowDynamicProperties]
class CI_Controller
{
    public static $satu;
    public $load;

    public function __construct()
    {
        self::$satu = $this;
        $this->load = new CI_Loader();
    }
}

class CI_Model
{
    public function __get(string $nama)
    {
        return get_instance()->{$nama};
    }
}

class Route
{
    public static array $semua = [];
    private static string $awalan = '';

    public static function group(string $awalan, callable $isi): void
    {
        self::$awalan = trim($awalan, '/') . '/';
        $isi();
        self::$awalan = '';
    }

    public static function get(string $jalur, string $tujuan): void
    {
        self::$semua['GET ' . self::$awalan . trim($jalur, '/')] = $tujuan;
    }

    public static function post(string $jalur, string $tujuan): void
    {
        self::$semua['POST ' . self::$awalan . trim($jalur, '/')] = $tujuan;
    }

    public static function cli(string $jalur, string $tujuan): void
    {
        self::$semua['CLI ' . self::$awalan . trim($jalur, '/')] = $tujuan;
    }
}

/** Reads the raw request line: drops "..", and takes the route from the query string when the path is empty. */
function jalur(): string
{
    if (is_cli()) {
        return implode('/', array_slice($_SERVER['argv'], 1));
    }
    $bagian = explode('?', $_SERVER['REQUEST_URI'] ?? '/', 2);
    $jalur  = strpos($bagian[0], '/index.php') === 0 ? substr($bagian[0], 10) : $bagian[0];
    if (trim($jalur, '/') === '' && strncmp($bagian[1] ?? '', '/', 1) === 0) {
        $jalur = $bagian[1];
    }

    return implode('/', array_filter(explode('/', $jalur), static fn ($satu): bool => $satu !== '' && $satu !== '..'));
}

function jalankan(): void
{
    $cara   = is_cli() ? 'CLI' : (($_SERVER['REQUEST_METHOD'] ?? 'GET') === 'POST' ? 'POST' : 'GET');
    $tujuan = Route::$semua[$cara . ' ' . jalur()] ?? null;
    if ($tujuan === null) {
        http_response_code(404);

        exit('404');
    }
    [$kelas, $fungsi] = explode('@', $tujuan);

    try {
        require_once APPPATH . 'controllers/' . $kelas . '.php';
        (new $kelas())->{$fungsi}();
    } catch (PDOException $e) {
        log_message('error', $e->getMessage());
        http_response_code(500);
        echo is_cli() ? 'Database Error' . PHP_EOL : '<h1>Database Error</h1>';

        exit(1);
    }
}

/** Compiled templates are keyed by path and compared by time: a newer file of an older date is not seen. */
function view(string $nama, array $isi = []): void
{
    $asal  = APPPATH . 'views/' . $nama . '.blade.php';
    $hasil = STORAGEPATH . 'framework/' . sha1($asal) . '.php';
    if (! is_file($hasil) || filemtime($hasil) < filemtime($asal)) {
        $teks = preg_replace(['/\{!!\s*(.+?)\s*!!\}/s', '/\{\{\s*(.+?)\s*\}\}/s', '/@(foreach|if)\s*\((.+)\)\s*$/m', '/@end(foreach|if)/', '/@else/'], ['<?= $1 ?>', '<?= e($1) ?>', '<?php $1 ($2): ?>', '<?php end$1; ?>', '<?php else: ?>'], file_get_contents($asal));
        file_put_contents($hasil, $teks);
    }
    extract($isi);
    include $hasil;
}
