<?php

defined('BASEPATH') || exit('No direct script access allowed');
