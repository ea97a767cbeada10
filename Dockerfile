# docker build -t iqscore . && docker run --rm -v "$PWD:/photos:ro" iqscore rank .
FROM python:3.12-slim AS wheel
WORKDIR /src
COPY pyproject.toml README.md CHANGELOG.md LICENSE ./
COPY iqscore iqscore
COPY models models
COPY docs docs
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.12-slim
RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels \
    pip install --no-cache-dir /wheels/*.whl \
    && useradd --create-home --uid 1000 iqscore
USER 1000:1000
WORKDIR /photos
ENTRYPOINT ["iqscore"]
CMD ["--help"]
