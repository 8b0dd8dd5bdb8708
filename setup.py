"""Packaging. torch and basicsr are extras: installing this never replaces a user's torch."""

from __future__ import annotations

import os
import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent
VERSION = (HERE / 'basicsr_weightcheck/version.py').read_text().split("'")[1]
# Where the pages are read, such as https://HOST/OWNER/NAME/blob/main: said by whoever releases.
PAGES = os.environ.get('WEIGHTCHECK_PAGES', '').rstrip('/')


def long_description() -> str:
    """README.md for a package page, where a relative link leads nowhere: absolute, or its words."""
    text = (HERE / 'README.md').read_text(encoding='utf-8')
    link = rf'[\1]({PAGES}/\2)' if PAGES else r'\1'
    return re.sub(r'\[([^\]]*)\]\((?!https?:)([^)]*)\)', link, text)


setup(
    name='basicsr-weightcheck',
    version=VERSION,
    description='Tells, before a BasicSR training starts, which weights it will start on.',
    long_description=long_description(),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    keywords='basicsr restormer nafnet esrgan checkpoint pretrained strict_load',
    packages=find_packages(include=['basicsr_weightcheck', 'basicsr_weightcheck.*']),
    package_data={
        'basicsr_weightcheck': ['py.typed', 'report/html/templates/*', 'conversion/shipped/*.yml']
    },
    python_requires='>=3.8',
    install_requires=['numpy', 'pyyaml', 'rich', 'wrapt'],
    extras_require={
        'torch': ['torch'],
        'basicsr': ['basicsr==1.4.2'],
        'safetensors': ['safetensors'],
        'html': ['jinja2', 'squarify'],
        'scan': ['joblib'],
        'dask': ['dask[distributed]'],
        'plot': ['matplotlib'],
        'frame': ['pandas'],
        'toml': ["tomli; python_version < '3.11'"],  # settings in pyproject.toml
        'spandrel': ['spandrel'],
        'completion': ['shtab'],
        'fuzz': ['atheris'],
        'all': ['jinja2', 'squarify', 'joblib', 'matplotlib', 'shtab'],
    },
    entry_points={
        'console_scripts': ['basicsr-weightcheck=basicsr_weightcheck.__main__:main'],
    },
    classifiers=[
        'Development Status :: 4 - Beta',
        'Environment :: Console',
        'Intended Audience :: Science/Research',
        'License :: OSI Approved :: Apache Software License',
        'Natural Language :: English',
        'Natural Language :: Chinese (Simplified)',
        'Programming Language :: Python :: 3',
        *[f'Programming Language :: Python :: 3.{minor}' for minor in range(8, 14)],
        'Topic :: Scientific/Engineering :: Artificial Intelligence',
        'Typing :: Typed',
    ],
)
