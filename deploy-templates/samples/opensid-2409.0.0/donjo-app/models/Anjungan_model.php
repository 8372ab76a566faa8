<?php

defined('BASEPATH') || exit('No direct script access allowed');

class Anjungan_model extends CI_Model
{
}
