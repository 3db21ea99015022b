# The command and the page in a container, kernels compiled and the population of Tokyo built.
#   docker build -t kokuho-sim .
#   docker run --rm -p 127.0.0.1:8350:8350 -v "$PWD/results:/data/results" kokuho-sim          # the page: http://localhost:8350
#   docker run --rm -v "$PWD/results:/data/results" kokuho-sim run baseline --sample 100       # a command
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 KOKUHO_CACHE=/data/.cache
WORKDIR /src
COPY . .
RUN pip install --no-cache-dir -c constraints.txt ".[ui]" && rm -rf /src
WORKDIR /data
RUN kokuho prepare
ENTRYPOINT ["kokuho"]
CMD ["ui", "--container", "--no-show"]
