# /sharefs/start.sh: RT-Smart's shell runs it when the board starts. No empty lines: the first one ends it.
# To deploy and debug over the network add --wire tcp --wire-allow and the PCs that may, as 192.168.1.0/24, or over a
# serial line --wire serial:/dev/uart2; docs/start/deploy.md has all options.
/sharefs/nanoclr --wait 30 /sharefs/app &
