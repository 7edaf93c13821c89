# Presses Tab behind a command line in a real zsh, and prints what it shows.
#
# Usage: zsh_completion.zsh FOLDER LINE     FOLDER holds the completion functions
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "fpath=($1 \$fpath); autoload -U compinit; compinit -u -D"
zpty -w shell "stty -echo columns 500 rows 500; LISTMAX=1000; unsetopt prompt_sp; bindkey '^I' list-choices"
# In two pieces, so that the echo of this line is not the answer.
zpty -w shell 'PROMPT=; print -r -- rea''dy'
zpty -r shell shown '*ready*'
zpty -n -w shell "$2"$'\t'
# The list is a burst: whatever comes within 300 ms of the last piece belongs to it.
integer quiet=0
while (( quiet < 15 )); do
  sleep 0.02
  if zpty -rt shell shown; then
    print -rn -- "$shown"
    quiet=0
    seen=1
  elif (( ${seen:-0} )); then
    (( ++quiet ))
  fi
done
zpty -d shell
