<?php

return ['APP_KEY' => ''];
