<?php

// Account `admin` with its own name as the password: whoever installs must change it.
return static function (PDO $db): void {
    $db->prepare('INSERT INTO users (username, password) VALUES (?, ?)')->execute(['admin', password_hash('admin', PASSWORD_BCRYPT)]);
};
