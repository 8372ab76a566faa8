<?php

/**
 * Parses every PHP file below the given folders in one process, without running any of it.
 * stdout: one JSON line {"file","line","message"} per broken file, then {"files":N,"errors":N}.
 * Blade templates are no PHP until they are compiled and are left out. Exit 0 = ran to the end, 2 = bad arguments.
 */

declare(strict_types=1);

ini_set('memory_limit', '512M');

$roots = array_slice($argv, 1);
if ($roots === []) {
    fwrite(STDERR, "usage: lint.php FOLDER...\n");
    exit(2);
}

$report = static function (array $line): void {
    echo json_encode($line, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE), "\n";
};

$files = 0;
$errors = 0;
foreach ($roots as $root) {
    if (! is_dir($root)) {
        fwrite(STDERR, "not a folder: {$root}\n");
        exit(2);
    }
    $root = rtrim($root, '/');
    $walk = new RecursiveIteratorIterator(
        new RecursiveDirectoryIterator($root, FilesystemIterator::SKIP_DOTS),
        RecursiveIteratorIterator::LEAVES_ONLY,
        RecursiveIteratorIterator::CATCH_GET_CHILD
    );
    foreach ($walk as $path => $info) {
        if (! $info->isFile() || ! preg_match('/\.php$/i', $path) || preg_match('/\.blade\.php$/i', $path)) {
            continue;
        }
        $files++;
        $fault = null;
        try {
            $code = @file_get_contents($path);
            if ($code === false) {
                $fault = [0, 'not readable'];
            } else {
                @token_get_all($code, TOKEN_PARSE);
            }
        } catch (ParseError $error) {
            $fault = [$error->getLine(), $error->getMessage()];
        }
        if ($fault !== null) {
            $errors++;
            $report(['file' => substr($path, strlen($root) + 1), 'line' => $fault[0], 'message' => $fault[1]]);
        }
    }
}
$report(['files' => $files, 'errors' => $errors]);
