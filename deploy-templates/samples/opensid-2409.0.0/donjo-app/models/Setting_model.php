<?php

defined('BASEPATH') || exit('No direct script access allowed');

class Setting_model extends CI_Model
{
    public function init(): void
    {
        $kunci   = get_app_key();
        $setting = baris('SELECT `key`, value FROM setting_aplikasi WHERE config_id = (SELECT id FROM config WHERE app_key = ?)', [$kunci]);
        get_instance()->setting = (object) array_column($setting, 'value', 'key');
        date_default_timezone_set(get_instance()->setting->timezone ?? 'Asia/Jakarta');
        $this->load->model('database_model');
        $this->database_model->cek_migrasi();
    }
}
