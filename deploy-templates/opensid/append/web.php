
Route::get('siappakai/sehat', 'Siappakai@sehat');
