"""Packaging. torch and basicsr are extras: installing this never replaces a user's torch."""

from __future__ import annotations

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent
VERSION = (HERE / 'basicsr_weightcheck/version.py').read_text().split("'")[1]

setup(
    name='basicsr-weightcheck',
    version=VERSION,
    description='Tells, before a BasicSR training starts, which weights it will start on.',
    long_description=(HERE / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    packages=find_packages(include=['basicsr_weightcheck', 'basicsr_weightcheck.*']),
    package_data={'basicsr_weightcheck': ['py.typed', 'report/*.json', 'report/html/templates/*']},
    python_requires='>=3.8',
    install_requires=['numpy', 'pyyaml', 'rich', 'wrapt'],
    extras_require={
        'torch': ['torch'],
        'basicsr': ['basicsr'],
        'safetensors': ['safetensors'],
        'html': ['jinja2', 'squarify'],
        'scan': ['joblib'],
        'dask': ['joblib', 'dask[distributed]'],
        'plot': ['matplotlib'],
        'spandrel': ['spandrel'],
    },
    entry_points={
        'console_scripts': ['basicsr-weightcheck=basicsr_weightcheck.cli.main:main'],
    },
    classifiers=[
        'License :: OSI Approved :: Apache Software License',
        'Programming Language :: Python :: 3',
    ],
)
