
Route::group('siappakai', static function (): void {
    Route::cli('status', 'Siappakai@status');
    Route::cli('provision', 'Siappakai@provision');
    Route::cli('migrate', 'Siappakai@migrate');
    Route::cli('migrate-ulang', 'Siappakai@ulang');
});
